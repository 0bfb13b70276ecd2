package lyceum.contracts.deployment;

import lyceum.core.recipe.DeploymentSettings;
import org.jspecify.annotations.Nullable;

/**
 * One gate and what the candidate scored; {@code value} is null when it was not measured, which
 * does not pass.
 */
public record GateOutcome(DeploymentSettings.Gate gate, @Nullable Double value, boolean passed) {}
