package lyceum.contracts.evaluation;

import java.util.List;
import lyceum.core.ArtifactRef;

/**
 * Every model on the same held-out suites.
 *
 * @param report the table and transcripts, Markdown
 */
public record EvaluationResult(List<ModelScores> models, ArtifactRef report) {}
