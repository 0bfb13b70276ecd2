package lyceum.application.model;

import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowQueryException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
import lyceum.core.recipe.CanarySettings;

/** Moves a model line to a version through the line's one workflow. */
public final class Promotions {
  // What every assistant can be asked; that it answers at all is what is checked.
  private static final List<String> SMOKE_PROMPTS = List.of("Hello!");

  private static final WorkflowExecutionStatus RUNNING =
      WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
  // Between two looks whether a promotion still goes on.
  private static final Duration LOOK = Duration.ofMillis(500);

  private final TemporalConnection connection;

  public Promotions(TemporalConnection connection) {
    this.connection = connection;
  }

  /**
   * Judges the version, lets it answer a share of the requests where that is asked for, serves it,
   * asks it, and points the alias champion at it.
   *
   * @param override whether it is promoted whatever its gates and the champion say; needs a reason
   * @param canary the share of the requests that it answers first; without one, what its recipe
   *     says of it
   * @throws RequestFailure INVALID for an override without a reason, CONFLICT when another
   *     promotion of the line runs
   */
  public Begun promote(
      String line,
      int version,
      String user,
      String reason,
      boolean override,
      Optional<CanarySettings> canary) {
    if (override && reason.isBlank()) {
      throw new RequestFailure(Outcome.INVALID, "An override needs a reason.");
    }
    return begin(
        new PromotionRequest(
            line,
            version,
            SMOKE_PROMPTS,
            user,
            reason,
            override ? Kind.OVERRIDE : Kind.BY_HAND,
            null,
            null,
            canary.orElse(null),
            null));
  }

  /** A promotion that may go on. */
  public final class Begun {
    private final PromotionRequest request;
    private final WorkflowStub workflow;

    private Begun(PromotionRequest request, WorkflowStub workflow) {
      this.request = request;
      this.workflow = workflow;
    }

    /**
     * Waits until it is done.
     *
     * @throws RequestFailure REFUSED when it was judged unfit, or failed and was undone
     */
    public PromotionResult end() {
      try {
        return workflow.getResult(PromotionResult.class);
      } catch (WorkflowFailedException e) {
        throw refused(e);
      }
    }

    /**
     * Waits until it is done, is a canary or is watched, or time is over.
     *
     * @return the result where it is done
     * @throws RequestFailure as {@link #end}
     */
    public Optional<PromotionResult> within(Duration time) {
      long until = System.nanoTime() + time.toNanos();
      while (true) {
        try {
          return Optional.of(
              workflow.getResult(LOOK.toMillis(), TimeUnit.MILLISECONDS, PromotionResult.class));
        } catch (WorkflowFailedException e) {
          throw refused(e);
        } catch (TimeoutException goesOn) {
          if (System.nanoTime() >= until || isTried()) {
            return Optional.empty();
          }
        }
      }
    }

    private boolean isTried() {
      try {
        return status(request.modelLine()).filter(PromotionStatus::canGoBack).isPresent();
      } catch (LyceumException noWorkerAnswersYet) {
        return false;
      }
    }

    private static RequestFailure refused(WorkflowFailedException e) {
      return new RequestFailure(
          Outcome.REFUSED,
          e.getCause() == null ? String.valueOf(e.getMessage()) : Failures.reason(e.getCause()),
          e);
    }
  }

  /**
   * Serves an earlier champion again.
   *
   * @throws RequestFailure CONFLICT when another promotion of the line runs
   */
  public Begun rollBack(String line, int version, String user, String reason) {
    return begin(new PromotionRequest(line, version, SMOKE_PROMPTS, user, reason, Kind.ROLLBACK));
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
      // A query of one that has ended would be answered too, by a worker that replays it.
      if (stub(line).describe().getStatus() != RUNNING) {
        return Optional.empty();
      }
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

  private WorkflowStub stub(String line) {
    return connection.client().newUntypedWorkflowStub(PromotionWorkflow.workflowId(line));
  }

  private Begun begin(PromotionRequest request) {
    PromotionWorkflow promotion =
        connection
            .client()
            .newWorkflowStub(
                PromotionWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setWorkflowId(PromotionWorkflow.workflowId(request.modelLine()))
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .setWorkflowIdReusePolicy(
                        WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
                    .setWorkflowIdConflictPolicy(
                        WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
                    .build());
    try {
      WorkflowClient.start(promotion::run, request);
      return new Begun(request, WorkflowStub.fromTyped(promotion));
    } catch (WorkflowExecutionAlreadyStarted e) {
      throw new RequestFailure(
          Outcome.CONFLICT,
          "Another promotion of " + request.modelLine() + " runs just now. Wait until it is done.",
          e);
    }
  }
}
