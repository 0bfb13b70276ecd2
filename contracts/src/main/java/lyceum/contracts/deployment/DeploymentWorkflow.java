package lyceum.contracts.deployment;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import lyceum.contracts.lifecycle.StageControl;
import lyceum.contracts.lifecycle.StageOutcome;

/** The deployment stage as a child workflow; the outcome holds a {@link DeploymentResult}. */
@WorkflowInterface
public interface DeploymentWorkflow extends StageControl {
  @WorkflowMethod
  StageOutcome run(DeploymentRequest request);

  @QueryMethod
  ApprovalStatus approval();

  /** A person's yes or no. Refused when none is waited for. */
  @UpdateMethod
  ApprovalStatus decide(ApprovalDecision decision);

  @UpdateValidatorMethod(updateName = "decide")
  void validateDecide(ApprovalDecision decision);
}
