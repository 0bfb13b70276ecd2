package lyceum.workflows.schedule;

import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.workflow.ChildWorkflowCancellationType;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import lyceum.contracts.curation.CurationWorkflow;
import lyceum.contracts.curation.CurationWorkflow.CurationRequest;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.schedule.LaunchWorkflow;
import lyceum.core.LyceumException;
import lyceum.core.recipe.Recipe;

/**
 * Starts what a schedule asks for and waits for it, so that overlap policies see how long it runs.
 */
public final class LaunchWorkflowImpl implements LaunchWorkflow {
  @Override
  public void run(Launch launch) {
    switch (launch.kind()) {
      case RUN -> live(launch);
      case CURATION -> curate(launch);
    }
  }

  private static void live(Launch launch) {
    Recipe recipe = launch.recipe();
    if (recipe == null) {
      throw LyceumException.internal("A launch of a run always has a recipe.");
    }
    String runId = LaunchWorkflow.runId(launch.schedule(), Workflow.getInfo().getWorkflowId());
    LifecycleWorkflow life =
        Workflow.newChildWorkflowStub(
            LifecycleWorkflow.class,
            options(runId, WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
                .setStaticSummary(recipe.name() + ", started by the schedule " + launch.schedule())
                .build());
    Workflow.setCurrentDetails("Run " + runId);
    var unused =
        life.run(new LifecycleRequest(runId, recipe, launch.requestedBy(), launch.fresh()));
  }

  private static void curate(Launch launch) {
    CurationWorkflow curation =
        Workflow.newChildWorkflowStub(
            CurationWorkflow.class,
            options(
                    CurationWorkflow.workflowId(launch.modelLine()),
                    WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
                .build());
    try {
      CurationWorkflow.CurationResult result =
          curation.run(new CurationRequest(launch.modelLine()));
      Workflow.setCurrentDetails(result.toString());
    } catch (ChildWorkflowFailure e) {
      if (!(e.getCause() instanceof WorkflowExecutionAlreadyStarted)) {
        throw e;
      }
      // Another schedule's curation of the same line reads what has come.
      Workflow.setCurrentDetails("Another curation of " + launch.modelLine() + " runs.");
    }
  }

  private static ChildWorkflowOptions.Builder options(String id, WorkflowIdReusePolicy reuse) {
    return ChildWorkflowOptions.newBuilder()
        .setWorkflowId(id)
        .setWorkflowIdReusePolicy(reuse)
        // Where a schedule ends what it started before, that goes through the run's own cancelling.
        .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL)
        .setCancellationType(ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED);
  }
}
