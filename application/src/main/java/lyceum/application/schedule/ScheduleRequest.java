package lyceum.application.schedule;

import java.time.Duration;
import java.time.ZoneId;
import java.util.Optional;
import lyceum.contracts.schedule.ScheduleEvent;
import lyceum.core.LyceumException;
import lyceum.core.recipe.Recipe;

/**
 * A schedule to make. It starts at the times of {@code cron} or {@code every}, or when what {@code
 * on} names happens; with none of them, by hand alone.
 *
 * @param recipe to run; empty for a curation of {@code modelLine}
 * @param cron five fields, minute to weekday
 * @param every between two starts
 * @param on {@code dataset:NAME}, {@code alias:LINE/ALIAS} or {@code webhook:NAME}
 * @param overlap what happens when it is time and the last start has not ended
 * @param catchup starts missed for no longer than this are made up for
 * @param pauseOnFailure whether a failed start pauses the schedule
 */
public record ScheduleRequest(
    String name,
    Optional<Recipe> recipe,
    String modelLine,
    Optional<String> cron,
    Optional<Duration> every,
    Optional<String> on,
    ZoneId timeZone,
    Overlap overlap,
    Duration catchup,
    boolean pauseOnFailure,
    boolean fresh,
    boolean paused,
    String note,
    String createdBy) {
  /** What happens when it is time and the last start has not ended. */
  public enum Overlap {
    SKIP,
    BUFFER_ONE,
    BUFFER_ALL,
    CANCEL_OTHER,
    TERMINATE_OTHER,
    ALLOW_ALL
  }

  public ScheduleRequest {
    if (!name.matches("[a-z0-9][a-z0-9-]{0,62}")) {
      throw LyceumException.user(
          "A schedule's name is lower-case letters, digits and hyphens (at most 63), not '"
              + name
              + "'.");
    }
    int ways = (cron.isPresent() ? 1 : 0) + (every.isPresent() ? 1 : 0) + (on.isPresent() ? 1 : 0);
    if (ways > 1) {
      throw LyceumException.user(
          "The schedule " + name + " has more than one of cron, every and on. Make one for each.");
    }
    every.ifPresent(interval -> requireInterval("The schedule " + name, interval));
    requireCatchup("The schedule " + name, catchup);
    on.ifPresent(
        subject -> {
          ScheduleEvent.requireSubject(subject);
          if (subject.startsWith("webhook:") && !subject.equals("webhook:" + name)) {
            throw LyceumException.user(
                "The schedule " + name + " waits for its own webhook: webhook:" + name + ".");
          }
          if (recipe.isPresent() && subject.startsWith("alias:" + modelLine + "/")) {
            throw LyceumException.user(
                "The schedule "
                    + name
                    + " would start a run of "
                    + modelLine
                    + " whenever a run of "
                    + modelLine
                    + " is promoted, without end.");
          }
        });
    recipe.ifPresent(
        run -> {
          if (!run.modelLine().equals(modelLine)) {
            throw LyceumException.user(
                "The recipe "
                    + run.name()
                    + " is of the line "
                    + run.modelLine()
                    + ", not of "
                    + modelLine
                    + ".");
          }
        });
  }

  static void requireInterval(String what, Duration every) {
    if (every.compareTo(Duration.ofMinutes(1)) < 0) {
      throw LyceumException.user(what + " starts every " + every + "; a minute is the least.");
    }
  }

  static void requireCatchup(String what, Duration catchup) {
    if (catchup.compareTo(Duration.ofSeconds(10)) < 0) {
      throw LyceumException.user(what + " catches up " + catchup + "; ten seconds is the least.");
    }
  }
}
