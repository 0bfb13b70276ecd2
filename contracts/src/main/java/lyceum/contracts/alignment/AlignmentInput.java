package lyceum.contracts.alignment;

import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ModelArtifact;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.EvaluationSettings;

/** Contract and settings of the stage. */
public record AlignmentInput(
    AlignmentSettings settings,
    EvaluationSettings evaluation,
    ModelArtifact finetuned,
    ChatSet chats,
    TokenizerResult tokens,
    long seed) {}
