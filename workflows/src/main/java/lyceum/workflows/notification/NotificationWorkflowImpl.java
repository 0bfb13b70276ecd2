package lyceum.workflows.notification;

import io.temporal.workflow.Workflow;
import lyceum.contracts.notification.Delivery;
import lyceum.contracts.notification.NotificationActivities;
import lyceum.contracts.notification.NotificationWorkflow;
import lyceum.workflows.stage.ActivityProfiles;
import lyceum.workflows.stage.Attempts;

/** One delivery. */
public final class NotificationWorkflowImpl implements NotificationWorkflow {
  @Override
  public void run(Delivery delivery) {
    NotificationActivities activities =
        Workflow.newActivityStub(
            NotificationActivities.class,
            ActivityProfiles.delivery(
                "Tell by " + delivery.target() + ": " + delivery.notification().event().noun()));
    Attempts.of(
        () -> {
          activities.deliver(delivery);
          return true;
        });
  }
}
