package lyceum.contracts.evaluation;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import lyceum.contracts.lifecycle.StageControl;
import lyceum.contracts.lifecycle.StageOutcome;

/** The evaluation stage as a child workflow; the outcome holds a {@link EvaluationResult}. */
@WorkflowInterface
public interface EvaluationWorkflow extends StageControl {
  @WorkflowMethod
  StageOutcome run(EvaluationRequest request);
}
