package lyceum.contracts.evaluation;

import java.util.List;
import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.recipe.EvaluationSettings;

/** Contract and settings of the stage. */
public record EvaluationInput(
    EvaluationSettings settings, List<NamedModel> models, ChatSet chats, TokenizerResult tokens) {}
