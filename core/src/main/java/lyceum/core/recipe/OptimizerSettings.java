package lyceum.core.recipe;

/**
 * How weights are changed by gradients: linear warm-up of the rate, then its decay.
 *
 * @param learningRate highest rate
 * @param finalLearningRateRatio rate at the last step as a share of the highest
 * @param warmupSteps steps over which the rate rises from 0
 * @param schedule shape of the decay
 * @param weightDecay decoupled; applied to matrices, not to norms
 * @param gradientClip largest global gradient norm
 * @param algorithm absent in what an earlier version wrote
 * @param momentum of Muon
 * @param decayFraction share of the steps over which {@link Schedule#WARMUP_STABLE_DECAY} decays
 */
public record OptimizerSettings(
    double learningRate,
    double finalLearningRateRatio,
    int warmupSteps,
    Schedule schedule,
    double weightDecay,
    double beta1,
    double beta2,
    double epsilon,
    double gradientClip,
    Algorithm algorithm,
    Double momentum,
    Double decayFraction) {
  private static final double MOMENTUM = 0.95;
  private static final double DECAY_FRACTION = 0.2;

  /** What makes an update of a gradient. */
  public enum Algorithm {
    /** AdamW (arXiv 1711.05101) for all weights. */
    ADAMW,
    /**
     * Muon (Jordan 2024; at AdamW's rates by arXiv 2502.16982) for the matrices of the blocks,
     * AdamW for embeddings, output projection and gains.
     */
    MUON
  }

  /** Shape of the decay after warm-up. */
  public enum Schedule {
    COSINE,
    LINEAR,
    CONSTANT,
    /** The highest rate until the last steps, which decay in a line (arXiv 2404.06395). */
    WARMUP_STABLE_DECAY
  }

  public OptimizerSettings {
    Check.positive("optimizer.learningRate", learningRate);
    Check.between("optimizer.finalLearningRateRatio", finalLearningRateRatio, 0, 1);
    Check.notNegative("optimizer.warmupSteps", warmupSteps);
    Check.between("optimizer.weightDecay", weightDecay, 0, 1);
    Check.between("optimizer.beta1", beta1, 0, 0.99999);
    Check.between("optimizer.beta2", beta2, 0, 0.99999);
    Check.positive("optimizer.epsilon", epsilon);
    Check.positive("optimizer.gradientClip", gradientClip);
    algorithm = algorithm == null ? Algorithm.ADAMW : algorithm;
    momentum = momentum == null ? MOMENTUM : momentum;
    decayFraction = decayFraction == null ? DECAY_FRACTION : decayFraction;
    Check.between("optimizer.momentum", momentum, 0, 0.99999);
    Check.between("optimizer.decayFraction", decayFraction, 0, 1);
  }

  /** AdamW. */
  public OptimizerSettings(
      double learningRate,
      double finalLearningRateRatio,
      int warmupSteps,
      Schedule schedule,
      double weightDecay,
      double beta1,
      double beta2,
      double epsilon,
      double gradientClip) {
    this(
        learningRate,
        finalLearningRateRatio,
        warmupSteps,
        schedule,
        weightDecay,
        beta1,
        beta2,
        epsilon,
        gradientClip,
        Algorithm.ADAMW,
        MOMENTUM,
        DECAY_FRACTION);
  }
}
