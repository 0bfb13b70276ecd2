package lyceum.contracts.lifecycle;

import lyceum.core.Stage;

/**
 * Where a training step belongs: names its checkpoints and its curves.
 *
 * @param phase tells apart the trainings of one stage, for example {@code reward}
 */
public record TrainingRun(StageContext context, Stage stage, String phase, String trackingRunId) {}
