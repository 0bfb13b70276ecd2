package lyceum.core.recipe;

import lyceum.core.LyceumException;

/**
 * How a training is computed. Memory and speed depend on it; what is learned, by rounding alone.
 *
 * @param microBatches equal parts that a step's rows are learned from one after the other before
 *     the one update that follows; activations take the memory of one part
 * @param precision of matrix products
 * @param recompute whether the activations within a block are computed again on the way back
 *     instead of being kept: about a third more arithmetic, the memory of one block
 */
public record ComputeSettings(Integer microBatches, Precision precision, Boolean recompute) {
  /** The whole batch at once, in f32, with all activations kept. */
  public static final ComputeSettings PLAIN = new ComputeSettings(1, Precision.F32, false);

  /** Absent in what an earlier version wrote. */
  public ComputeSettings {
    microBatches = microBatches == null ? 1 : microBatches;
    precision = precision == null ? Precision.F32 : precision;
    recompute = recompute != null && recompute;
    Check.positive("compute.microBatches", microBatches);
  }

  /** The same, or {@link #PLAIN} where an earlier version wrote none. */
  static ComputeSettings orPlain(ComputeSettings settings, String stage, int batchSize) {
    if (settings == null) {
      return PLAIN;
    }
    if (batchSize % settings.microBatches() != 0) {
      throw LyceumException.user(
          "%s.batchSize %d is not a multiple of %s.compute.microBatches %d."
              .formatted(stage, batchSize, stage, settings.microBatches()));
    }
    return settings;
  }
}
