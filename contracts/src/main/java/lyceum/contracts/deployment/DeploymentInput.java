package lyceum.contracts.deployment;

import java.util.List;
import lyceum.core.ModelArtifact;
import lyceum.core.Score;
import lyceum.core.recipe.DeploymentSettings;

/** Contract and settings of the stage. */
public record DeploymentInput(
    DeploymentSettings settings,
    ModelArtifact candidate,
    String candidateName,
    List<Score> scores,
    String lineageJson) {}
