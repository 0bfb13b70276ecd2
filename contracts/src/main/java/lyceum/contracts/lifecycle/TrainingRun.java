package lyceum.contracts.lifecycle;

import lyceum.core.Stage;

/**
 * Where a training step belongs: names its checkpoints and its curves.
 *
 * @param key the stage's key: a run started again under its id with other settings finds no
 *     checkpoint of the old ones
 * @param phase tells apart the trainings of one stage, for example {@code reward}
 */
public record TrainingRun(
    StageContext context, Stage stage, String key, String phase, String trackingRunId) {}
