package lyceum.workflows.notification;

import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lyceum.contracts.notification.Delivery;
import lyceum.contracts.notification.NotificationActivities;
import lyceum.contracts.notification.NotificationWorkflow;
import lyceum.core.Notification;
import lyceum.workflows.stage.ActivityProfiles;
import lyceum.workflows.stage.Attempts;

/** Hands news to workflows that deliver it; whoever has news goes on at once. */
public final class News {
  private News() {}

  /** Sends under an id of this execution's own; what cannot be sent is logged, never thrown. */
  public static void send(
      Notification.Event event, String subject, String text, Map<String, String> about) {
    Notification notification =
        new Notification(
            Workflow.getInfo().getRunId() + "-" + event.noun(),
            event,
            Workflow.currentTimeMillis(),
            subject,
            text,
            new TreeMap<>(about));
    // A cancelled workflow has news as well.
    Workflow.newDetachedCancellationScope(() -> send(notification)).run();
  }

  private static void send(Notification notification) {
    try {
      NotificationActivities activities =
          Workflow.newActivityStub(
              NotificationActivities.class, ActivityProfiles.control("Whom to tell"));
      List<String> targets = Attempts.of(activities::targets);
      for (String target : targets) {
        start(new Delivery(target, notification));
      }
    } catch (TemporalFailure e) {
      Workflow.getLogger(News.class).warn("Not told: {}", notification.subject(), e);
    }
  }

  private static void start(Delivery delivery) {
    NotificationWorkflow child =
        Workflow.newChildWorkflowStub(
            NotificationWorkflow.class,
            ChildWorkflowOptions.newBuilder()
                .setWorkflowId(NotificationWorkflow.workflowId(delivery))
                .setWorkflowIdReusePolicy(
                    WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
                .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON)
                .setStaticSummary(delivery.notification().subject())
                .build());
    Async.procedure(child::run, delivery);
    // Until it has started, it would be lost with whoever started it.
    Workflow.getWorkflowExecution(child).get();
  }
}
