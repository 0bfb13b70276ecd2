package lyceum.contracts.pretraining;

import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.EvaluationSettings;
import lyceum.core.recipe.PretrainingSettings;

/** Contract and settings of the stage. */
public record PretrainingInput(
    ModelConfig model,
    PretrainingSettings settings,
    EvaluationSettings evaluation,
    TokenizerResult tokens,
    long seed) {}
