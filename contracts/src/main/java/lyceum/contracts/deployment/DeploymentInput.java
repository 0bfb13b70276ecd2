package lyceum.contracts.deployment;

import java.util.List;
import lyceum.contracts.evaluation.Suite;
import lyceum.core.ModelArtifact;
import lyceum.core.Score;
import lyceum.core.recipe.DeploymentSettings;
import org.jspecify.annotations.Nullable;

/**
 * Contract and settings of the stage.
 *
 * @param suite what the candidate was measured on, and the champion is measured on as well; {@code
 *     null} in what an earlier version wrote
 */
public record DeploymentInput(
    DeploymentSettings settings,
    ModelArtifact candidate,
    String candidateName,
    List<Score> scores,
    String lineageJson,
    @Nullable Suite suite) {}
