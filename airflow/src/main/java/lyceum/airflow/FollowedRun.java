package lyceum.airflow;

import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowQueryException;
import io.temporal.client.WorkflowServiceException;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import lyceum.contracts.Failures;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;

/** A run that a task waits for. */
final class FollowedRun {
  private final WorkflowClient client;
  private final String id;
  private final boolean found;

  private FollowedRun(WorkflowClient client, String id, boolean found) {
    this.client = client;
    this.id = id;
    this.found = found;
  }

  /** How a run ended, as a line for the task's log. */
  record End(boolean endedWell, String line) {}

  /**
   * Starts the run. Where one with this id is going on or has ended well, it is that one; where it
   * failed or was cancelled, it is started again.
   */
  static FollowedRun startOrFind(WorkflowClient client, LifecycleRequest request) {
    LifecycleWorkflow life =
        client.newWorkflowStub(
            LifecycleWorkflow.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.WORKFLOWS)
                .setWorkflowId(request.runId())
                .setWorkflowIdReusePolicy(
                    WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY)
                .setWorkflowIdConflictPolicy(
                    WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
                .build());
    try {
      WorkflowClient.start(life::run, request);
      return new FollowedRun(client, request.runId(), false);
    } catch (WorkflowExecutionAlreadyStarted e) {
      return new FollowedRun(client, request.runId(), true);
    }
  }

  String id() {
    return id;
  }

  /** Whether an earlier try had started it. */
  boolean found() {
    return found;
  }

  /**
   * Waits until the run has ended; a line of progress goes to {@code log} at least every {@code
   * interval}.
   */
  End await(Duration interval, Consumer<String> log) {
    while (true) {
      try {
        LifecycleResult result =
            stub().getResult(interval.toMillis(), TimeUnit.MILLISECONDS, LifecycleResult.class);
        return new End(
            true,
            "Version "
                + result.version()
                + " of "
                + result.modelLine()
                + " serves at "
                + result.endpoint());
      } catch (TimeoutException e) {
        log.accept(progress());
      } catch (WorkflowFailedException e) {
        return new End(false, "Run " + id + " ended without a served model: " + Failures.reason(e));
      }
    }
  }

  /**
   * Asks the run to stop and waits until its stages have put things in order; false where that
   * takes longer than {@code patience}.
   */
  boolean cancel(Duration patience) {
    try {
      stub().cancel();
      stub().getResult(patience.toMillis(), TimeUnit.MILLISECONDS, LifecycleResult.class);
      return true;
    } catch (WorkflowFailedException e) {
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  private WorkflowStub stub() {
    return client.newUntypedWorkflowStub(id);
  }

  private String progress() {
    LifecycleStatus status;
    try {
      status = client.newWorkflowStub(LifecycleWorkflow.class, id).status();
    } catch (WorkflowQueryException | WorkflowServiceException e) {
      // No worker answers at the moment; the run itself is safe with the server.
      return "Run " + id + ": no worker answers";
    }
    StringBuilder line = new StringBuilder("Run " + id + ":");
    for (StageStatus stage : status.stages()) {
      if (stage.state() != StageState.PENDING) {
        line.append(' ').append(stage.stage().noun()).append(' ').append(stage.state());
        if (stage.state() == StageState.WAITING || stage.state() == StageState.PAUSED) {
          line.append(" (").append(stage.note()).append(')');
        }
      }
    }
    return line.toString();
  }
}
