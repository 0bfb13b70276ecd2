package lyceum.model.training;

import lyceum.core.recipe.OptimizerSettings;

/**
 * Learning rate by step: linear warm-up, then decay to a share of the highest rate at the last
 * step.
 */
final class LearningRate {
  private LearningRate() {}

  /**
   * The rate of a step.
   *
   * @param step counted from 0
   * @param steps in all
   */
  static double at(OptimizerSettings settings, long step, long steps) {
    if (step < settings.warmupSteps()) {
      return settings.learningRate() * (step + 1) / settings.warmupSteps();
    }
    long first =
        switch (settings.schedule()) {
          case COSINE, LINEAR, CONSTANT -> settings.warmupSteps();
          case WARMUP_STABLE_DECAY ->
              Math.max(
                  settings.warmupSteps(), steps - 1 - Math.round(settings.decayFraction() * steps));
        };
    long decaySteps = Math.max(1, steps - 1 - first);
    double progress = Math.clamp((double) (step - first) / decaySteps, 0, 1);
    double remaining =
        switch (settings.schedule()) {
          case COSINE -> 0.5 * (1 + Math.cos(Math.PI * progress));
          case LINEAR, WARMUP_STABLE_DECAY -> 1 - progress;
          case CONSTANT -> 1;
        };
    double floor =
        settings.schedule() == OptimizerSettings.Schedule.CONSTANT
            ? 0
            : settings.finalLearningRateRatio();
    return settings.learningRate() * (floor + (1 - floor) * remaining);
  }
}
