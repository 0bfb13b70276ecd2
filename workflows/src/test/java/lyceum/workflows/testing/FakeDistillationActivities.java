package lyceum.workflows.testing;

import lyceum.contracts.distillation.DistillationActivities;
import lyceum.contracts.lifecycle.TrainedModel;

/** Trains nothing, in steps. */
public final class FakeDistillationActivities implements DistillationActivities {
  private final Training training;

  public FakeDistillationActivities(Training training) {
    this.training = training;
  }

  @Override
  public TrainedModel train(TrainRequest request) {
    return training.train(request.run(), request.input().settings().steps());
  }
}
