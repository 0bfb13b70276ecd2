package lyceum.contracts.finetuning;

import lyceum.contracts.curation.FeedbackSet;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ModelArtifact;
import lyceum.core.recipe.EvaluationSettings;
import lyceum.core.recipe.FinetuningSettings;
import org.jspecify.annotations.Nullable;

/**
 * Contract and settings of the stage.
 *
 * @param feedback whose examples are trained on as well; {@code null} for none
 */
public record FinetuningInput(
    FinetuningSettings settings,
    EvaluationSettings evaluation,
    ModelArtifact base,
    TokenizerResult tokens,
    long seed,
    @Nullable FeedbackSet feedback) {}
