package lyceum.contracts.deployment;

import lyceum.contracts.lifecycle.StageContext;

/** Asks for the deployment stage; the key is made of {@code input} alone. */
public record DeploymentRequest(StageContext context, DeploymentInput input) {}
