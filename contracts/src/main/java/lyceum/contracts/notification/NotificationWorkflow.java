package lyceum.contracts.notification;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * Delivers news by one way, trying for a day, so that nothing waits for a receiver that is down.
 */
@WorkflowInterface
public interface NotificationWorkflow {
  @WorkflowMethod
  void run(Delivery delivery);

  /** The same news by the same way has the same id, so that it is sent once. */
  static String workflowId(Delivery delivery) {
    return "notification-" + delivery.target() + "-" + delivery.notification().id();
  }
}
