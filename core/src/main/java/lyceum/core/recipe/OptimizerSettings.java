package lyceum.core.recipe;

/**
 * AdamW (arXiv 1711.05101) with linear warm-up, then decay.
 *
 * @param learningRate highest rate
 * @param finalLearningRateRatio rate at the last step as a share of the highest
 * @param warmupSteps steps over which the rate rises from 0
 * @param schedule shape of the decay
 * @param weightDecay decoupled; applied to matrices, not to norms
 * @param gradientClip largest global gradient norm
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
    double gradientClip) {
  /** Shape of the decay after warm-up. */
  public enum Schedule {
    COSINE,
    LINEAR,
    CONSTANT
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
  }
}
