package lyceum.activities.notification;

import java.util.List;
import lyceum.contracts.notification.Delivery;
import lyceum.contracts.notification.NotificationActivities;
import lyceum.core.Notifier;

/** Delivers news through the installation's notifier. */
public final class NotificationActivitiesImpl implements NotificationActivities {
  private final Notifier notifier;

  public NotificationActivitiesImpl(Notifier notifier) {
    this.notifier = notifier;
  }

  @Override
  public List<String> targets() {
    return notifier.targets();
  }

  @Override
  public void deliver(Delivery delivery) {
    notifier.deliver(delivery.target(), delivery.notification());
  }
}
