package lyceum.application.run;

import io.temporal.api.failure.v1.Failure;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.common.converter.DataConverter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lyceum.core.Stage;

/** Reads the steps out of a stage's history. */
final class Attempts {
  private Attempts() {}

  static List<Attempt> of(Stage stage, List<HistoryEvent> history, DataConverter converter) {
    Map<Long, Attempt> steps = new LinkedHashMap<>();
    for (HistoryEvent event : history) {
      switch (event.getEventType()) {
        case EVENT_TYPE_ACTIVITY_TASK_SCHEDULED ->
            steps.put(
                event.getEventId(),
                new Attempt(
                    stage,
                    RunEvent.name(event, converter),
                    1,
                    "",
                    millis(event),
                    0,
                    Attempt.Outcome.RUNNING,
                    ""));
        case EVENT_TYPE_ACTIVITY_TASK_STARTED -> {
          var started = event.getActivityTaskStartedEventAttributes();
          steps.computeIfPresent(
              started.getScheduledEventId(),
              (id, step) ->
                  new Attempt(
                      stage,
                      step.step(),
                      started.getAttempt(),
                      started.getIdentity(),
                      millis(event),
                      0,
                      Attempt.Outcome.RUNNING,
                      started.hasLastFailure() ? started.getLastFailure().getMessage() : ""));
        }
        case EVENT_TYPE_ACTIVITY_TASK_COMPLETED ->
            end(
                steps,
                event.getActivityTaskCompletedEventAttributes().getScheduledEventId(),
                event,
                Attempt.Outcome.COMPLETED,
                Failure.getDefaultInstance());
        case EVENT_TYPE_ACTIVITY_TASK_FAILED ->
            end(
                steps,
                event.getActivityTaskFailedEventAttributes().getScheduledEventId(),
                event,
                Attempt.Outcome.FAILED,
                event.getActivityTaskFailedEventAttributes().getFailure());
        case EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT ->
            end(
                steps,
                event.getActivityTaskTimedOutEventAttributes().getScheduledEventId(),
                event,
                Attempt.Outcome.TIMED_OUT,
                event.getActivityTaskTimedOutEventAttributes().getFailure());
        case EVENT_TYPE_ACTIVITY_TASK_CANCELED ->
            end(
                steps,
                event.getActivityTaskCanceledEventAttributes().getScheduledEventId(),
                event,
                Attempt.Outcome.CANCELLED,
                Failure.getDefaultInstance());
        default -> {}
      }
    }
    return new ArrayList<>(steps.values());
  }

  private static void end(
      Map<Long, Attempt> steps,
      long scheduled,
      HistoryEvent event,
      Attempt.Outcome outcome,
      Failure failure) {
    steps.computeIfPresent(
        scheduled,
        (id, step) ->
            new Attempt(
                step.stage(),
                step.step(),
                step.attempt(),
                step.worker(),
                step.startedAtMillis(),
                millis(event),
                outcome,
                failure.getMessage().isEmpty() ? step.failure() : failure.getMessage()));
  }

  private static long millis(HistoryEvent event) {
    return event.getEventTime().getSeconds() * 1000L + event.getEventTime().getNanos() / 1_000_000;
  }
}
