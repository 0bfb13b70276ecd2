package lyceum.contracts.deployment;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.net.URI;
import java.util.List;

/**
 * Moves a model line to a version: serve, smoke, alias; back again when a step fails. Its id
 * serialises the line.
 */
@WorkflowInterface
public interface PromotionWorkflow {
  @WorkflowMethod
  PromotionResult run(PromotionRequest request);

  static String workflowId(String modelLine) {
    return "promotion-" + modelLine;
  }

  /** A version to promote; a rollback is a promotion of an earlier version. */
  record PromotionRequest(
      String modelLine,
      int version,
      List<String> smokePrompts,
      String requestedBy,
      String reason) {}

  /** The version that serves now. */
  record PromotionResult(
      int version, int previousVersion, URI endpoint, List<DeploymentResult.SmokeAnswer> smoke) {}
}
