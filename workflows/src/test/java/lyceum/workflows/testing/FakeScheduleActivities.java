package lyceum.workflows.testing;

import java.util.List;
import lyceum.contracts.schedule.ScheduleActivities;
import lyceum.contracts.schedule.ScheduleEvent;

/** Notes the events; nothing waits for any. */
public final class FakeScheduleActivities implements ScheduleActivities {
  private final Calls calls;

  public FakeScheduleActivities(Calls calls) {
    this.calls = calls;
  }

  @Override
  public List<String> fire(ScheduleEvent event) {
    calls.add("schedule.fire " + event.subject());
    return List.of();
  }
}
