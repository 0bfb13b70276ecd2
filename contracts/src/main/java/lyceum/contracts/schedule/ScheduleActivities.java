package lyceum.contracts.schedule;

import io.temporal.activity.ActivityInterface;
import java.util.List;

/** Tells schedules of events. */
@ActivityInterface(namePrefix = "schedule.")
public interface ScheduleActivities {
  /**
   * Starts what waits for the event, once for each schedule however often the event is told; paused
   * schedules sleep through it. Returns the schedules' names.
   */
  List<String> fire(ScheduleEvent event);
}
