package lyceum.contracts.pretraining;

import java.util.List;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.Score;

/** A base model with its scores and, for comparison, those of n-gram models on the same tokens. */
public record PretrainingResult(TrainedModel trained, List<Score> scores) {}
