package lyceum.workflows.testing;

import java.util.List;
import lyceum.contracts.notification.Delivery;
import lyceum.contracts.notification.NotificationActivities;
import lyceum.core.LyceumException;

/** Notes what would be told by the ways it is given. */
public final class FakeNotificationActivities implements NotificationActivities {
  private final Calls calls;
  private volatile List<String> targets = List.of();
  private volatile int failures;

  public FakeNotificationActivities(Calls calls) {
    this.calls = calls;
  }

  public void tellBy(String... ways) {
    targets = List.of(ways);
  }

  /** The receiver is down for so many attempts. */
  public void failFor(int attempts) {
    failures = attempts;
  }

  @Override
  public List<String> targets() {
    return targets;
  }

  @Override
  public void deliver(Delivery delivery) {
    if (failures > 0) {
      failures--;
      throw Failing.with(LyceumException.external("the receiver is down"));
    }
    calls.add(
        "notification "
            + delivery.target()
            + " "
            + delivery.notification().event().noun()
            + ": "
            + delivery.notification().subject());
  }
}
