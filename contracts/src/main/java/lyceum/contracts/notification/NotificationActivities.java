package lyceum.contracts.notification;

import io.temporal.activity.ActivityInterface;
import java.util.List;

/** Delivers news. */
@ActivityInterface(namePrefix = "notification.")
public interface NotificationActivities {
  /** Names of the ways by which news is delivered; empty for none. */
  List<String> targets();

  /** Delivers by one way; a second call delivers under the same id. */
  void deliver(Delivery delivery);
}
