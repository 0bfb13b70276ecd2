package lyceum.airflow;

import io.temporal.api.common.v1.Payloads;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowExecutionDescription;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowQueryException;
import io.temporal.client.WorkflowServiceException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.common.SearchAttributes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lyceum.airflow.coordinator.TaskInstance;
import lyceum.contracts.Failures;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.ApprovalStatus;
import lyceum.contracts.deployment.DeploymentRequest;
import lyceum.contracts.deployment.DeploymentWorkflow;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.LyceumException;
import lyceum.core.Stage;
import lyceum.core.recipe.Recipe;

/** A run of a recipe as a task sees it. */
final class Run {
  private static final String NOT_IN_A_RUN_ID = "[^A-Za-z0-9]+";

  private final WorkflowClient client;
  private final String id;

  Run(WorkflowClient client, String id) {
    this.client = client;
    this.id = id;
  }

  /**
   * The id of the run that a task starts: from the DAG run, without the number of the try, so that
   * every try finds the same one.
   */
  static String idFor(TaskInstance instance) {
    String id = instance.dagId() + "-" + instance.runId();
    if (instance.mapIndex() >= 0) {
      id += "-" + instance.mapIndex();
    }
    return id.replaceAll(NOT_IN_A_RUN_ID, "-");
  }

  String id() {
    return id;
  }

  /**
   * Starts the run where none of this id goes on or has ended well; one that failed or was
   * cancelled goes on from its checkpoints.
   *
   * @return whether it was started; false where it was found
   */
  boolean startOrFind(Recipe recipe, String user, boolean fresh) {
    LifecycleWorkflow life =
        client.newWorkflowStub(
            LifecycleWorkflow.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.WORKFLOWS)
                .setWorkflowId(id)
                .setWorkflowIdReusePolicy(
                    WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY)
                .setWorkflowIdConflictPolicy(
                    WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
                .setTypedSearchAttributes(
                    SearchAttributes.newBuilder()
                        .set(SearchKeys.RECIPE, recipe.name())
                        .set(SearchKeys.MODEL_LINE, recipe.modelLine())
                        .set(SearchKeys.STATUS, StageState.RUNNING.name())
                        .set(SearchKeys.REQUESTED_BY, user)
                        .build())
                .setStaticSummary(recipe.name() + ": " + recipe.description())
                .build());
    try {
      WorkflowClient.start(life::run, new LifecycleRequest(id, recipe, user, fresh));
      return true;
    } catch (WorkflowExecutionAlreadyStarted e) {
      return false;
    }
  }

  /** Whether it has ended, well or not. */
  boolean hasEnded() {
    return describe(id).getStatus() != WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
  }

  /** Whether its candidate waits for a person's decision. */
  boolean waitsForDecision() {
    try {
      WorkflowExecutionDescription deployment = describe(deploymentId());
      return deployment.getStatus() == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
          && StageState.WAITING
              .name()
              .equals(deployment.getTypedSearchAttributes().get(SearchKeys.STATUS));
    } catch (WorkflowNotFoundException e) {
      return false;
    }
  }

  private WorkflowExecutionDescription describe(String workflowId) {
    return client.newUntypedWorkflowStub(workflowId).describe();
  }

  /**
   * The result of a run that has ended.
   *
   * @throws LyceumException USER when it did not end well, with why
   */
  LifecycleResult result() {
    try {
      return stub().getResult(LifecycleResult.class);
    } catch (WorkflowFailedException e) {
      throw LyceumException.user(
          "Run "
              + id
              + " ended without a served model: "
              + Failures.reason(e.getCause() == null ? e : e.getCause()),
          e);
    }
  }

  /** What it was started with. */
  LifecycleRequest request() {
    return firstInput(id, LifecycleRequest.class);
  }

  /** What the deployment stage was asked for, with the candidate's scores. */
  DeploymentRequest deploymentRequest() {
    return firstInput(deploymentId(), DeploymentRequest.class);
  }

  private <T> T firstInput(String workflowId, Class<T> type) {
    HistoryEvent started =
        client
            .streamHistory(workflowId)
            .findFirst()
            .orElseThrow(
                () -> LyceumException.external("The workflow " + workflowId + " has no history."));
    Payloads input = started.getWorkflowExecutionStartedEventAttributes().getInput();
    return client.getOptions().getDataConverter().fromPayloads(0, Optional.of(input), type, type);
  }

  /** Where the candidate's approval stands. */
  ApprovalStatus approval() {
    return client.newWorkflowStub(DeploymentWorkflow.class, deploymentId()).approval();
  }

  /**
   * Says yes or no to the candidate.
   *
   * @throws LyceumException USER when no decision is waited for
   */
  void decide(ApprovalDecision decision) {
    try {
      client.newWorkflowStub(DeploymentWorkflow.class, deploymentId()).decide(decision);
    } catch (WorkflowUpdateException e) {
      throw LyceumException.user(
          "Run "
              + id
              + " did not take the decision: "
              + Failures.reason(e.getCause() == null ? e : e.getCause()),
          e);
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

  /** A line for the task's log. */
  String progress() {
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

  private WorkflowStub stub() {
    return client.newUntypedWorkflowStub(id);
  }

  private String deploymentId() {
    return LifecycleWorkflow.stageWorkflowId(id, Stage.DEPLOYMENT);
  }
}
