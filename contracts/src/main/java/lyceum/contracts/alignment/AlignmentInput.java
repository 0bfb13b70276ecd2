package lyceum.contracts.alignment;

import lyceum.contracts.curation.FeedbackSet;
import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ModelArtifact;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.EvaluationSettings;
import org.jspecify.annotations.Nullable;

/**
 * Contract and settings of the stage.
 *
 * @param feedback whose tasks are ranked before the sampled pairs; {@code null} for none
 */
public record AlignmentInput(
    AlignmentSettings settings,
    EvaluationSettings evaluation,
    ModelArtifact finetuned,
    ChatSet chats,
    TokenizerResult tokens,
    long seed,
    @Nullable FeedbackSet feedback) {}
