package lyceum.contracts.finetuning;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import lyceum.contracts.lifecycle.StageControl;
import lyceum.contracts.lifecycle.StageOutcome;

/** The finetuning stage as a child workflow; the outcome holds a {@link FinetuningResult}. */
@WorkflowInterface
public interface FinetuningWorkflow extends StageControl {
  @WorkflowMethod
  StageOutcome run(FinetuningRequest request);
}
