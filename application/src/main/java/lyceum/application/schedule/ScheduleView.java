package lyceum.application.schedule;

import java.time.Instant;
import java.util.List;
import lyceum.contracts.schedule.LaunchWorkflow;

/**
 * A schedule as it stands.
 *
 * @param recipe name of the recipe, empty for a curation
 * @param when its times or what it waits for, in words
 * @param cron its times as five fields; empty where it has none
 * @param everySeconds between two starts; 0 where it has no such
 * @param next the next starts
 * @param recent the last starts, the newest last
 * @param running workflows of starts that have not ended
 * @param starts how often it has started something
 * @param missed starts missed by more than the time to catch up
 * @param skipped starts that the overlap policy left out
 */
public record ScheduleView(
    String name,
    LaunchWorkflow.Kind kind,
    String recipe,
    String modelLine,
    String when,
    String cron,
    long everySeconds,
    String on,
    String timeZone,
    ScheduleRequest.Overlap overlap,
    long catchupSeconds,
    boolean pauseOnFailure,
    boolean paused,
    String note,
    String createdBy,
    List<Instant> next,
    List<Start> recent,
    List<String> running,
    long starts,
    long missed,
    long skipped) {
  /** One start. */
  public record Start(Instant scheduledAt, Instant startedAt, String workflowId) {}
}
