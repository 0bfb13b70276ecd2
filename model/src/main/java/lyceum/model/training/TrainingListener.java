package lyceum.model.training;

/**
 * Hears of a training, on the training's thread. An exception from it stops the training, frees
 * everything native and reaches the caller: that is how a training is cancelled.
 */
public interface TrainingListener {
  /** After every step. */
  void onStep(StepReport report);

  /**
   * After every checkpoint interval and after the last step, following that step's {@link #onStep}.
   */
  void onCheckpoint(TrainingState state);
}
