package lyceum.contracts.distillation;

import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ModelArtifact;
import lyceum.core.recipe.DistillationSettings;
import lyceum.core.recipe.EvaluationSettings;

/** Contract and settings of the stage. */
public record DistillationInput(
    DistillationSettings settings,
    EvaluationSettings evaluation,
    ModelArtifact teacher,
    ChatSet chats,
    TokenizerResult tokens,
    long seed) {}
