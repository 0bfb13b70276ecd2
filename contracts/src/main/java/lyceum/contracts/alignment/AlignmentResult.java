package lyceum.contracts.alignment;

import java.util.List;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.ArtifactRef;
import lyceum.core.Score;

/**
 * An aligned policy and what it was aligned with.
 *
 * @param rater {@code people} or {@code simulated}
 * @param preferences JSON lines of ranked pairs
 * @param rewardModel checkpoint of the reward model
 * @param rewardAccuracy on held-out pairs
 */
public record AlignmentResult(
    TrainedModel trained,
    String rater,
    ArtifactRef preferences,
    ArtifactRef rewardModel,
    Score rewardAccuracy,
    List<Score> before,
    List<Score> scores) {}
