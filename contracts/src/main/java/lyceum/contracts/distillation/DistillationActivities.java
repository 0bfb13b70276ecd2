package lyceum.contracts.distillation;

import io.temporal.activity.ActivityInterface;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.lifecycle.TrainingRun;

/** The steps of the distillation stage. */
@ActivityInterface(namePrefix = "distillation.")
public interface DistillationActivities {
  /**
   * Trains the student, or the control when {@code withTeacher} is false; resumes from the newest
   * valid checkpoint.
   */
  TrainedModel train(TrainRequest request);

  /** A student to train. */
  record TrainRequest(TrainingRun run, DistillationInput input, boolean withTeacher) {}
}
