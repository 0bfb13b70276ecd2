package lyceum.contracts.corpus;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import lyceum.contracts.lifecycle.StageControl;
import lyceum.contracts.lifecycle.StageOutcome;

/** The corpus stage as a child workflow; the outcome holds a {@link CorpusResult}. */
@WorkflowInterface
public interface CorpusWorkflow extends StageControl {
  @WorkflowMethod
  StageOutcome run(CorpusRequest request);
}
