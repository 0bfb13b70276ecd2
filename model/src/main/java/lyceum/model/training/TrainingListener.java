package lyceum.model.training;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Hears of a training, on the training's thread. An exception from it stops the training, frees
 * everything native and reaches the caller: that is how a training is cancelled.
 */
public interface TrainingListener {
  /** Hears nothing: of ranks other than 0, which are told nothing. */
  TrainingListener SILENT =
      new TrainingListener() {
        @Override
        public void onStep(StepReport report) {}

        @Override
        public void onCheckpoint(TrainingState state) {}
      };

  /**
   * After every micro-batch but the last of a step.
   *
   * @param step steps done
   * @param microBatches of the next step, done
   * @param state makes the state to resume from at this very place; it costs a copy of everything
   */
  default void onMicroBatch(long step, int microBatches, Supplier<TrainingState> state) {}

  /** After every step. */
  void onStep(StepReport report);

  /**
   * The state of a checkpoint that this heard of before, in this process or an earlier one, to go
   * back to.
   *
   * @param step of the checkpoint
   * @return empty when it was not kept
   */
  default Optional<TrainingState> checkpoint(long step) {
    return Optional.empty();
  }

  /**
   * The training goes back: what was heard of later steps has not been.
   *
   * @param step of the checkpoint that it goes on from
   * @param why what was wrong, for people
   */
  default void onRewind(long step, String why) {}

  /**
   * After every checkpoint interval and after the last step, following that step's {@link #onStep}.
   */
  void onCheckpoint(TrainingState state);
}
