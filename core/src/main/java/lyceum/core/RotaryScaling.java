package lyceum.core;

/**
 * The stretching of rotary frequencies that Llama 3.1 introduced under the name {@code llama3}
 * (arXiv 2407.21783; configuration as in transformers): waves longer than the original context are
 * slowed by a factor, short ones are left alone, those between are blended.
 *
 * @param factor by which the slowest frequencies are divided
 * @param lowFrequencyFactor waves longer than {@code originalContextLength} divided by it are
 *     slowed fully
 * @param highFrequencyFactor waves shorter than {@code originalContextLength} divided by it are
 *     left alone; greater than {@code lowFrequencyFactor}
 * @param originalContextLength in tokens, before the stretching
 */
public record RotaryScaling(
    double factor,
    double lowFrequencyFactor,
    double highFrequencyFactor,
    int originalContextLength) {
  public RotaryScaling {
    if (!(factor >= 1) || Double.isInfinite(factor)) {
      throw LyceumException.user("rope_scaling.factor must be at least 1, not " + factor + ".");
    }
    if (!(lowFrequencyFactor > 0) || !(highFrequencyFactor > lowFrequencyFactor)) {
      throw LyceumException.user(
          "rope_scaling.high_freq_factor "
              + highFrequencyFactor
              + " must be greater than rope_scaling.low_freq_factor "
              + lowFrequencyFactor
              + ", and both positive.");
    }
    if (originalContextLength <= 0) {
      throw LyceumException.user(
          "rope_scaling.original_max_position_embeddings must be positive, not "
              + originalContextLength
              + ".");
    }
  }

  /** The frequency after stretching, in radians a position. */
  double scaled(double frequency) {
    double waves = originalContextLength * frequency / (2 * Math.PI);
    double plainShare =
        Math.clamp((waves - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor), 0, 1);
    return plainShare * frequency + (1 - plainShare) * frequency / factor;
  }
}
