package lyceum.contracts.distillation;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import lyceum.contracts.lifecycle.StageControl;
import lyceum.contracts.lifecycle.StageOutcome;

/** The distillation stage as a child workflow; the outcome holds a {@link DistillationResult}. */
@WorkflowInterface
public interface DistillationWorkflow extends StageControl {
  @WorkflowMethod
  StageOutcome run(DistillationRequest request);
}
