package lyceum.contracts.pretraining;

import io.temporal.activity.ActivityInterface;
import java.util.List;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.lifecycle.TrainingRun;
import lyceum.core.Score;

/** The steps of the pretraining stage. */
@ActivityInterface(namePrefix = "pretraining.")
public interface PretrainingActivities {
  /** Trains, resuming from the newest valid checkpoint of this run. */
  TrainedModel train(TrainRequest request);

  /**
   * Bits per byte of unigram, bigram and 5-gram models of the same training tokens on the same
   * validation tokens.
   */
  List<Score> measureBaselines(PretrainingInput input);

  /** A base model to train. */
  record TrainRequest(TrainingRun run, PretrainingInput input) {}
}
