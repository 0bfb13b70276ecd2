package lyceum.application.schedule;

import java.time.Duration;
import java.time.ZoneId;
import java.util.Optional;
import lyceum.core.LyceumException;

/**
 * What is to be different about a schedule; what is empty stays. What it starts and the event it
 * waits for are fixed when it is made.
 *
 * @param cron five fields, minute to weekday; takes the place of its times
 * @param every between two starts; takes the place of its times
 */
public record ScheduleChange(
    Optional<String> cron,
    Optional<Duration> every,
    Optional<ZoneId> timeZone,
    Optional<ScheduleRequest.Overlap> overlap,
    Optional<Duration> catchup,
    Optional<Boolean> pauseOnFailure,
    Optional<String> note) {
  public ScheduleChange {
    if (cron.isPresent() && every.isPresent()) {
      throw LyceumException.user("A schedule starts by cron or every so often, not both.");
    }
    every.ifPresent(interval -> ScheduleRequest.requireInterval("The schedule", interval));
    catchup.ifPresent(span -> ScheduleRequest.requireCatchup("The schedule", span));
    if (cron.isEmpty()
        && every.isEmpty()
        && timeZone.isEmpty()
        && overlap.isEmpty()
        && catchup.isEmpty()
        && pauseOnFailure.isEmpty()
        && note.isEmpty()) {
      throw LyceumException.user(
          "Nothing is to change: name cron, every, time zone, overlap, catchup, pause on failure or note.");
    }
  }
}
