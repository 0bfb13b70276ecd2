package lyceum.application.run;

import io.temporal.api.common.v1.Payload;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.common.converter.DataConverter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lyceum.core.Stage;

/** One thing that happened in a stage of a run. */
public record RunEvent(long atMillis, Stage stage, String what) {
  /** The events that a person cares about, in words. */
  static List<RunEvent> of(Stage stage, List<HistoryEvent> history, DataConverter converter) {
    Map<Long, String> names = new HashMap<>();
    List<RunEvent> events = new ArrayList<>();
    for (HistoryEvent event : history) {
      String what =
          switch (event.getEventType()) {
            case EVENT_TYPE_WORKFLOW_EXECUTION_STARTED -> "stage begins";
            case EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED -> "stage done";
            case EVENT_TYPE_WORKFLOW_EXECUTION_FAILED ->
                "stage failed: "
                    + event.getWorkflowExecutionFailedEventAttributes().getFailure().getMessage();
            case EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED -> "stage cancelled";
            case EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED -> "cancelling is asked for";
            case EVENT_TYPE_ACTIVITY_TASK_SCHEDULED -> {
              String name = name(event, converter);
              names.put(event.getEventId(), name);
              yield name + ": scheduled";
            }
            case EVENT_TYPE_ACTIVITY_TASK_STARTED -> {
              var started = event.getActivityTaskStartedEventAttributes();
              String name = names.getOrDefault(started.getScheduledEventId(), "step");
              yield started.getAttempt() > 1
                  ? name
                      + ": attempt "
                      + started.getAttempt()
                      + " after "
                      + started.getLastFailure().getMessage()
                  : "";
            }
            case EVENT_TYPE_ACTIVITY_TASK_COMPLETED ->
                names.getOrDefault(
                        event.getActivityTaskCompletedEventAttributes().getScheduledEventId(),
                        "step")
                    + ": done";
            case EVENT_TYPE_ACTIVITY_TASK_FAILED ->
                names.getOrDefault(
                        event.getActivityTaskFailedEventAttributes().getScheduledEventId(), "step")
                    + ": failed: "
                    + event.getActivityTaskFailedEventAttributes().getFailure().getMessage();
            case EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT ->
                names.getOrDefault(
                        event.getActivityTaskTimedOutEventAttributes().getScheduledEventId(),
                        "step")
                    + ": timed out";
            case EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED ->
                "told: " + event.getWorkflowExecutionSignaledEventAttributes().getSignalName();
            case EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED ->
                "accepted: "
                    + event
                        .getWorkflowExecutionUpdateAcceptedEventAttributes()
                        .getAcceptedRequest()
                        .getInput()
                        .getName();
            default -> "";
          };
      if (!what.isEmpty()) {
        Instant at =
            Instant.ofEpochSecond(
                event.getEventTime().getSeconds(), event.getEventTime().getNanos());
        events.add(new RunEvent(at.toEpochMilli(), stage, what));
      }
    }
    return events;
  }

  /** The summary that the workflow gave the step, or else its type. */
  static String name(HistoryEvent event, DataConverter converter) {
    if (event.hasUserMetadata() && event.getUserMetadata().hasSummary()) {
      Payload summary = event.getUserMetadata().getSummary();
      String text = converter.fromPayload(summary, String.class, String.class);
      if (text != null && !text.isBlank()) {
        return text;
      }
    }
    return event
        .getActivityTaskScheduledEventAttributes()
        .getActivityType()
        .getName()
        .toLowerCase(Locale.ROOT);
  }
}
