package lyceum.contracts.tokenizer;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import lyceum.contracts.lifecycle.StageControl;
import lyceum.contracts.lifecycle.StageOutcome;

/** The tokenizer stage as a child workflow; the outcome holds a {@link TokenizerResult}. */
@WorkflowInterface
public interface TokenizerWorkflow extends StageControl {
  @WorkflowMethod
  StageOutcome run(TokenizerRequest request);
}
