package lyceum.model.pretraining;

import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.data.shard.TokenShard;
import lyceum.model.training.LearnerFixture;

/** A training so small that several processes of it take seconds. */
final class ParallelPretraining {
  static final int STEPS = 8;
  static final int BATCH = 8;
  private static final ModelConfig CONFIG = LearnerFixture.config(2, 32, 32);

  private ParallelPretraining() {}

  /** The same rows for every number of ranks. */
  static Pretraining of(TokenShard train, TokenShard validation, ComputeSettings compute) {
    PretrainingSettings settings =
        new PretrainingSettings(STEPS, BATCH, 32, 3, 4, LearnerFixture.optimizer(0.01), compute);
    return new Pretraining(CONFIG, settings, train, validation, 300, LearnerFixture.TOKENIZER, 1);
  }
}
