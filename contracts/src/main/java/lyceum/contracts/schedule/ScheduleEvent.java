package lyceum.contracts.schedule;

import lyceum.core.LyceumException;

/**
 * Something that happened, for which schedules may wait.
 *
 * @param subject {@code dataset:NAME}, {@code alias:LINE/ALIAS} or {@code webhook:SCHEDULE}
 * @param id the same whenever the same event is told again
 */
public record ScheduleEvent(String subject, String id) {
  /** Key of a schedule's memo that names the subject it waits for. */
  public static final String MEMO = "lyceum.on";

  public ScheduleEvent {
    requireSubject(subject);
    if (id.isBlank()) {
      throw LyceumException.internal("The event " + subject + " has no id.");
    }
  }

  /** A new version of a data set. */
  public static ScheduleEvent ofDataset(String name, int version) {
    return new ScheduleEvent("dataset:" + name, name + "/" + version);
  }

  /** An alias that moved. */
  public static ScheduleEvent ofAlias(String modelLine, String alias, String move) {
    return new ScheduleEvent("alias:" + modelLine + "/" + alias, move);
  }

  /** A signed request from outside. */
  public static ScheduleEvent ofWebhook(String schedule, String delivery) {
    return new ScheduleEvent("webhook:" + schedule, delivery);
  }

  /**
   * @throws LyceumException USER when no event can have this subject
   */
  public static void requireSubject(String subject) {
    if (!subject.matches(
        "dataset:[a-z0-9][a-z0-9-]*|alias:[a-z0-9][a-z0-9-]*/[a-z]+|webhook:[a-z0-9][a-z0-9-]*")) {
      throw LyceumException.user(
          "'"
              + subject
              + "' is nothing that a schedule can wait for: dataset:NAME, alias:LINE/ALIAS or webhook.");
    }
  }
}
