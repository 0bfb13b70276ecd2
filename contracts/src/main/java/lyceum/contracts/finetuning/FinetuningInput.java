package lyceum.contracts.finetuning;

import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ModelArtifact;
import lyceum.core.recipe.EvaluationSettings;
import lyceum.core.recipe.FinetuningSettings;

/** Contract and settings of the stage. */
public record FinetuningInput(
    FinetuningSettings settings,
    EvaluationSettings evaluation,
    ModelArtifact base,
    TokenizerResult tokens,
    long seed) {}
