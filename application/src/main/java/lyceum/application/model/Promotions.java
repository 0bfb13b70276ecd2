package lyceum.application.model;

import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowQueryException;
import io.temporal.client.WorkflowUpdateException;
import java.util.List;
import java.util.Optional;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.temporal.TemporalConnection;
import lyceum.contracts.Failures;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.deployment.PromotionStatus;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.deployment.PromotionWorkflow.GoBack;
import lyceum.contracts.deployment.PromotionWorkflow.Kind;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionRequest;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;
import lyceum.core.LyceumException;

/** Moves a model line to a version through the line's one workflow. */
public final class Promotions {
  // What every assistant can be asked; that it answers at all is what is checked.
  private static final List<String> SMOKE_PROMPTS = List.of("Hello!");

  private final TemporalConnection connection;

  public Promotions(TemporalConnection connection) {
    this.connection = connection;
  }

  /**
   * Judges the version, lets it answer a share of the requests where its recipe says so, serves it,
   * asks it, and points the alias champion at it; waits until it is done.
   *
   * @param override whether it is promoted whatever its gates and the champion say; needs a reason
   * @throws RequestFailure INVALID for an override without a reason, CONFLICT when another
   *     promotion of the line runs, REFUSED when it was judged unfit, or failed and was undone
   */
  public PromotionResult promote(
      String line, int version, String user, String reason, boolean override) {
    if (override && reason.isBlank()) {
      throw new RequestFailure(Outcome.INVALID, "An override needs a reason.");
    }
    return run(line, version, user, reason, override ? Kind.OVERRIDE : Kind.BY_HAND);
  }

  /**
   * Serves an earlier champion again. Where a promotion is a canary or watched, that goes back
   * instead, and what it goes back to is the version from before.
   *
   * @throws RequestFailure as {@link #promote}
   */
  public PromotionResult rollBack(String line, int version, String user, String reason) {
    return run(line, version, user, reason, Kind.ROLLBACK);
  }

  /**
   * Ends the canary or the watch of the promotion that runs, and goes back.
   *
   * @return whether one ran that could; otherwise roll back to an earlier version
   */
  public boolean goBack(String line, String user, String reason) {
    try {
      PromotionStatus status = promotion(line).goBack(new GoBack(user, reason));
      return status.version() != 0;
    } catch (WorkflowNotFoundException | WorkflowUpdateException neitherCanaryNorWatched) {
      return false;
    }
  }

  /** Where the line's promotion stands; empty when none runs. */
  public Optional<PromotionStatus> status(String line) {
    try {
      PromotionStatus status = promotion(line).status();
      return status.phase() == PromotionStatus.Phase.DONE ? Optional.empty() : Optional.of(status);
    } catch (WorkflowNotFoundException none) {
      return Optional.empty();
    } catch (WorkflowQueryException unanswered) {
      throw LyceumException.external(
          "The promotion of "
              + line
              + " does not answer. See with ./lyceum status whether the worker runs.",
          unanswered);
    }
  }

  private PromotionWorkflow promotion(String line) {
    return connection
        .client()
        .newWorkflowStub(PromotionWorkflow.class, PromotionWorkflow.workflowId(line));
  }

  private PromotionResult run(String line, int version, String user, String reason, Kind kind) {
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
      return promotion.run(new PromotionRequest(line, version, SMOKE_PROMPTS, user, reason, kind));
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
