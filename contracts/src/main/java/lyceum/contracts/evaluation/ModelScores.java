package lyceum.contracts.evaluation;

import java.util.List;
import lyceum.core.Score;

/** What one model scored. */
public record ModelScores(String name, List<Score> scores) {}
