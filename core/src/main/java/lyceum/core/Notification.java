package lyceum.core;

import java.util.SortedMap;

/**
 * News for people.
 *
 * @param id the same whenever the same news is sent again
 * @param atMillis when it happened
 * @param subject one line
 * @param text a few lines
 * @param about what it is about, for programs: {@code run}, {@code modelLine}, {@code version}
 */
public record Notification(
    String id,
    Event event,
    long atMillis,
    String subject,
    String text,
    SortedMap<String, String> about) {
  /** What happened. */
  public enum Event {
    APPROVAL_WAITING,
    PROMOTED,
    ROLLED_BACK,
    RUN_FAILED;

    /** As programs read it, for example {@code run.failed}. */
    public String noun() {
      return switch (this) {
        case APPROVAL_WAITING -> "approval.waiting";
        case PROMOTED -> "model.promoted";
        case ROLLED_BACK -> "model.rolled_back";
        case RUN_FAILED -> "run.failed";
      };
    }
  }
}
