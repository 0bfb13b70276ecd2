package lyceum.activities.schedule;

import java.util.List;
import lyceum.contracts.schedule.ScheduleActivities;
import lyceum.contracts.schedule.ScheduleBell;
import lyceum.contracts.schedule.ScheduleEvent;

/** Rings the schedules of this installation. */
public final class ScheduleActivitiesImpl implements ScheduleActivities {
  private final ScheduleBell bell;

  public ScheduleActivitiesImpl(ScheduleBell bell) {
    this.bell = bell;
  }

  @Override
  public List<String> fire(ScheduleEvent event) {
    return bell.ring(event);
  }
}
