package lyceum.contracts.pretraining;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import lyceum.contracts.lifecycle.StageControl;
import lyceum.contracts.lifecycle.StageOutcome;

/** The pretraining stage as a child workflow; the outcome holds a {@link PretrainingResult}. */
@WorkflowInterface
public interface PretrainingWorkflow extends StageControl {
  @WorkflowMethod
  StageOutcome run(PretrainingRequest request);
}
