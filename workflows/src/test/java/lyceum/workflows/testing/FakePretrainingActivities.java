package lyceum.workflows.testing;

import java.util.List;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.pretraining.PretrainingActivities;
import lyceum.contracts.pretraining.PretrainingInput;
import lyceum.core.Score;

/** Trains nothing, in steps. */
public final class FakePretrainingActivities implements PretrainingActivities {
  private final Calls calls;
  private final Training training;

  public FakePretrainingActivities(Calls calls, Training training) {
    this.calls = calls;
    this.training = training;
  }

  @Override
  public TrainedModel train(TrainRequest request) {
    return training.train(request.run(), request.input().settings().steps());
  }

  @Override
  public List<Score> measureBaselines(PretrainingInput input) {
    calls.add("pretraining.measureBaselines");
    return List.of(
        new Score("validation", "unigram_bits_per_byte", 4.5, 1000, 0),
        new Score("validation", "bigram_bits_per_byte", 3.5, 1000, 0));
  }
}
