package lyceum.model.pretraining;

import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.GuardSettings;
import lyceum.core.recipe.LossSettings;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.data.shard.TokenShard;
import lyceum.model.training.LearnerFixture;

/** A training so small that several processes of it take seconds. */
final class ParallelPretraining {
  static final int STEPS = 8;
  static final int BATCH = 8;
  private static final ModelConfig CONFIG = LearnerFixture.config(2, 32, 32);

  private ParallelPretraining() {}

  /**
   * A training whose rate rises until its loss jumps.
   *
   * @param rewinds how often it may go back
   */
  static Pretraining spiking(
      TokenShard train, TokenShard validation, ComputeSettings compute, int rewinds) {
    OptimizerSettings rising =
        new OptimizerSettings(2, 1, 30, OptimizerSettings.Schedule.CONSTANT, 0, 0.9, 0.95, 1e-8, 1);
    PretrainingSettings settings =
        new PretrainingSettings(
            null,
            36,
            4,
            32,
            12,
            100,
            rising,
            compute,
            LossSettings.PLAIN,
            new GuardSettings(1.5, 0, rewinds, 0.1));
    return new Pretraining(CONFIG, settings, train, validation, 600, LearnerFixture.TOKENIZER, 1);
  }

  /** The same rows for every number of ranks. */
  static Pretraining of(TokenShard train, TokenShard validation, ComputeSettings compute) {
    PretrainingSettings settings =
        new PretrainingSettings(STEPS, BATCH, 32, 3, 4, LearnerFixture.optimizer(0.01), compute);
    return new Pretraining(CONFIG, settings, train, validation, 300, LearnerFixture.TOKENIZER, 1);
  }
}
