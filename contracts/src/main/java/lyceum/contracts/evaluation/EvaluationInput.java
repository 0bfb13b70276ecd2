package lyceum.contracts.evaluation;

import java.util.List;
import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.Score;
import lyceum.core.recipe.EvaluationSettings;

/**
 * Contract and settings of the stage.
 *
 * @param baselines scores of n-gram models on the same validation tokens, to stand beside the
 *     models'
 */
public record EvaluationInput(
    EvaluationSettings settings,
    List<NamedModel> models,
    List<Score> baselines,
    ChatSet chats,
    TokenizerResult tokens) {}
