package lyceum.application.model;

import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import java.util.List;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.temporal.TemporalConnection;
import lyceum.contracts.Failures;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionRequest;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;

/** Moves a model line to a version through the line's one workflow. */
public final class Promotions {
  // What every assistant can be asked; that it answers at all is what is checked.
  private static final List<String> SMOKE_PROMPTS = List.of("Hello!");

  private final TemporalConnection connection;

  public Promotions(TemporalConnection connection) {
    this.connection = connection;
  }

  /**
   * Serves the version, asks it, and points the alias champion at it; waits until it is done.
   *
   * @throws RequestFailure CONFLICT when another promotion of the line runs, REFUSED when it failed
   *     and was undone
   */
  public PromotionResult promote(String line, int version, String user, String reason) {
    PromotionWorkflow promotion =
        connection
            .client()
            .newWorkflowStub(
                PromotionWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setWorkflowId(PromotionWorkflow.workflowId(line))
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .setWorkflowIdReusePolicy(
                        WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
                    .setWorkflowIdConflictPolicy(
                        WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
                    .build());
    try {
      return promotion.run(new PromotionRequest(line, version, SMOKE_PROMPTS, user, reason));
    } catch (WorkflowExecutionAlreadyStarted e) {
      throw new RequestFailure(
          Outcome.CONFLICT,
          "Another promotion of " + line + " runs just now. Wait until it is done.",
          e);
    } catch (WorkflowFailedException e) {
      throw new RequestFailure(
          Outcome.REFUSED,
          e.getCause() == null ? String.valueOf(e.getMessage()) : Failures.reason(e.getCause()),
          e);
    }
  }
}
