package lyceum.core.recipe;

import org.jspecify.annotations.Nullable;

/**
 * Next-token training on the token shards.
 *
 * @param from the model that training goes on from, with its tokenizer and dimensions; {@code null}
 *     to begin from random weights
 * @param steps optimizer steps
 * @param batchSize sequences a step
 * @param contextLength tokens a sequence
 * @param checkpointEvery steps between checkpoints
 * @param evaluateEvery steps between measurements on the validation split
 * @param compute absent in what an earlier version wrote, like {@code loss} and {@code guards}
 */
public record PretrainingSettings(
    @Nullable OpenModelSettings from,
    int steps,
    int batchSize,
    int contextLength,
    int checkpointEvery,
    int evaluateEvery,
    OptimizerSettings optimizer,
    ComputeSettings compute,
    LossSettings loss,
    GuardSettings guards) {
  public PretrainingSettings {
    Check.positive("pretraining.steps", steps);
    Check.positive("pretraining.batchSize", batchSize);
    Check.positive("pretraining.contextLength", contextLength);
    Check.positive("pretraining.checkpointEvery", checkpointEvery);
    Check.positive("pretraining.evaluateEvery", evaluateEvery);
    compute = ComputeSettings.orPlain(compute, "pretraining", batchSize);
    loss = loss == null ? LossSettings.PLAIN : loss;
    guards = guards == null ? GuardSettings.STANDARD : guards;
  }

  /** By the cross-entropy alone, with the standard guards. */
  public PretrainingSettings(
      @Nullable OpenModelSettings from,
      int steps,
      int batchSize,
      int contextLength,
      int checkpointEvery,
      int evaluateEvery,
      OptimizerSettings optimizer,
      ComputeSettings compute) {
    this(
        from,
        steps,
        batchSize,
        contextLength,
        checkpointEvery,
        evaluateEvery,
        optimizer,
        compute,
        LossSettings.PLAIN,
        GuardSettings.STANDARD);
  }

  /** From random weights. */
  public PretrainingSettings(
      int steps,
      int batchSize,
      int contextLength,
      int checkpointEvery,
      int evaluateEvery,
      OptimizerSettings optimizer,
      ComputeSettings compute) {
    this(null, steps, batchSize, contextLength, checkpointEvery, evaluateEvery, optimizer, compute);
  }

  /** From random weights, computed plainly. */
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
