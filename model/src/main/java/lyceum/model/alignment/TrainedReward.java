package lyceum.model.alignment;

import lyceum.core.Score;

/**
 * A trained reward model.
 *
 * @param heldOutAccuracy how often it agrees with the rater on pairs of prompts that it was not
 *     trained on
 */
public record TrainedReward(RewardModel model, Score heldOutAccuracy) {}
