package lyceum.contracts.lifecycle;

import lyceum.contracts.deployment.DeploymentResult;
import lyceum.contracts.evaluation.EvaluationResult;

/** How the run ended: the deployment's outcome and what was measured along the way. */
public record LifecycleResult(
    String runId, String trackingRunId, DeploymentResult deployment, EvaluationResult evaluation) {}
