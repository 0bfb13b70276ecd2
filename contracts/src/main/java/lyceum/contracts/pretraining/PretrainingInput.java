package lyceum.contracts.pretraining;

import lyceum.contracts.tokenizer.ParentModel;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.EvaluationSettings;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.core.recipe.Recipe;

/** Contract and settings of the stage. */
public record PretrainingInput(
    ModelConfig model,
    PretrainingSettings settings,
    EvaluationSettings evaluation,
    TokenizerResult tokens,
    long seed) {
  /**
   * What a recipe asks for, given its tokens: the dimensions are the recipe's, or those of the
   * model that the tokenizer was adopted from.
   */
  public static PretrainingInput of(Recipe recipe, TokenizerResult tokens) {
    ParentModel parent = tokens.parent();
    return new PretrainingInput(
        parent == null ? recipe.model().config(tokens.vocabularySize()) : parent.config(),
        recipe.pretraining(),
        recipe.evaluation(),
        tokens,
        recipe.seed());
  }
}
