package lyceum.core.recipe;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lyceum.core.LyceumException;
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
 * @param compute absent in what an earlier version wrote, like {@code loss}, {@code guards} and
 *     {@code mixture}
 * @param mixture how much of the text comes from each source; empty to go through all text as it
 *     is. Where it is given, it names every source
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
    GuardSettings guards,
    List<SourceWeight> mixture) {
  public PretrainingSettings {
    Check.positive("pretraining.steps", steps);
    Check.positive("pretraining.batchSize", batchSize);
    Check.positive("pretraining.contextLength", contextLength);
    Check.positive("pretraining.checkpointEvery", checkpointEvery);
    Check.positive("pretraining.evaluateEvery", evaluateEvery);
    compute = ComputeSettings.orPlain(compute, "pretraining", batchSize);
    loss = loss == null ? LossSettings.PLAIN : loss;
    guards = guards == null ? GuardSettings.STANDARD : guards;
    mixture = mixture == null ? List.of() : List.copyOf(mixture);
    Set<String> named = new HashSet<>();
    for (SourceWeight one : mixture) {
      if (!named.add(one.source())) {
        throw LyceumException.user("pretraining.mixture names '" + one.source() + "' twice.");
      }
    }
    if (!mixture.isEmpty() && mixture.stream().noneMatch(one -> one.weight() > 0)) {
      throw LyceumException.user(
          "pretraining.mixture gives every source the weight 0. One at least must be learned"
              + " from.");
    }
  }

  /** The same with the text mixed by these weights. */
  public PretrainingSettings withMixture(List<SourceWeight> weights) {
    return new PretrainingSettings(
        from,
        steps,
        batchSize,
        contextLength,
        checkpointEvery,
        evaluateEvery,
        optimizer,
        compute,
        loss,
        guards,
        weights);
  }

  /** All text as it is. */
  public PretrainingSettings(
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
    this(
        from,
        steps,
        batchSize,
        contextLength,
        checkpointEvery,
        evaluateEvery,
        optimizer,
        compute,
        loss,
        guards,
        List.of());
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
