package lyceum.contracts.distillation;

import java.util.List;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.Score;

/**
 * A student beside a control of the same size, data and steps that had no teacher.
 *
 * @param gapClosed (control loss - student loss) / (control loss - teacher loss) on held-out chats
 */
public record DistillationResult(
    TrainedModel student,
    TrainedModel control,
    List<Score> teacherScores,
    List<Score> scores,
    List<Score> controlScores,
    double gapClosed) {}
