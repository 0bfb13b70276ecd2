package lyceum.workflows.schedule;

import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import java.util.List;
import lyceum.contracts.schedule.ScheduleActivities;
import lyceum.contracts.schedule.ScheduleEvent;
import lyceum.workflows.stage.ActivityProfiles;
import lyceum.workflows.stage.Attempts;

/** Tells schedules of an event; what cannot be told is logged, and fails nothing. */
public final class Bell {
  private Bell() {}

  public static void ring(ScheduleEvent event) {
    try {
      ScheduleActivities activities =
          Workflow.newActivityStub(
              ScheduleActivities.class,
              ActivityProfiles.control("Tell schedules of " + event.subject()));
      List<String> rung = Attempts.of(() -> activities.fire(event));
      Workflow.getLogger(Bell.class).info("{}: {}", event.subject(), rung);
    } catch (TemporalFailure e) {
      Workflow.getLogger(Bell.class).warn("Schedules were not told of {}", event.subject(), e);
    }
  }
}
