package lyceum.activities.training;

import lyceum.core.Stage;

/**
 * What rank 0 tells the other ranks to train.
 *
 * @param request of the stage's activity, as JSON
 */
public record RankJob(Stage stage, String request) {}
