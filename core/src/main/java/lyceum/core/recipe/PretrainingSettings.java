package lyceum.core.recipe;

/**
 * Next-token training on the token shards.
 *
 * @param steps optimizer steps
 * @param batchSize sequences a step
 * @param contextLength tokens a sequence
 * @param checkpointEvery steps between checkpoints
 * @param evaluateEvery steps between measurements on the validation split
 */
public record PretrainingSettings(
    int steps,
    int batchSize,
    int contextLength,
    int checkpointEvery,
    int evaluateEvery,
    OptimizerSettings optimizer,
    ComputeSettings compute) {
  public PretrainingSettings {
    Check.positive("pretraining.steps", steps);
    Check.positive("pretraining.batchSize", batchSize);
    Check.positive("pretraining.contextLength", contextLength);
    Check.positive("pretraining.checkpointEvery", checkpointEvery);
    Check.positive("pretraining.evaluateEvery", evaluateEvery);
    compute = ComputeSettings.orPlain(compute, "pretraining", batchSize);
  }

  /** Computed plainly. */
  public PretrainingSettings(
      int steps,
      int batchSize,
      int contextLength,
      int checkpointEvery,
      int evaluateEvery,
      OptimizerSettings optimizer) {
    this(
        steps,
        batchSize,
        contextLength,
        checkpointEvery,
        evaluateEvery,
        optimizer,
        ComputeSettings.PLAIN);
  }
}
