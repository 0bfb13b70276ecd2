package lyceum.contracts.deployment;

import java.util.Locale;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * One line of a model line's audit log: who did what, when and why.
 *
 * @param name of the entry within the log; names are in the order of time, and writing an entry
 *     again changes nothing
 * @param atMillis by the workflow's clock
 * @param from champion before, 0 for none
 * @param to the version it is about
 * @param by a person, or {@code gates}, {@code deadline} or {@code health}
 * @param promotionId execution that wrote it
 * @param runId the run that asked; {@code null} for a person at a door
 * @param judgement what the decision stood on, where there was one
 */
public record AuditEntry(
    String name,
    long atMillis,
    Action action,
    String modelLine,
    int from,
    int to,
    String by,
    String reason,
    String promotionId,
    @Nullable String runId,
    @Nullable Judgement judgement) {
  /** What happened. */
  public enum Action {
    /** A run's candidate met its gates or was approved. */
    APPROVED,
    /** A gate, a person or the deadline said no. */
    REJECTED,
    /** Stale, or judged unfit when it was to be promoted. */
    REFUSED,
    CANARY_STARTED,
    CANARY_ENDED,
    /** The alias moved to a new version. */
    PROMOTED,
    /** The alias moved back, by hand or because health was bad. */
    ROLLED_BACK,
    /** A promotion ended before the alias moved; the version from before serves. */
    FAILED;

    /** Whether the alias {@code champion} moved. */
    public boolean isMove() {
      return this == PROMOTED || this == ROLLED_BACK;
    }
  }

  public AuditEntry {
    if (!name.matches("[0-9]{13}-[0-9]{3}-[A-Za-z0-9_-]+")) {
      throw LyceumException.internal("An audit entry cannot have the name '" + name + "'.");
    }
  }

  /** Folder of the log of a line in object storage; each entry is a document {@code NAME.json}. */
  public static String folder(String modelLine) {
    return "model-lines/" + modelLine + "/audit/";
  }

  /** Name of an entry: time, then place among those of the same execution, then the execution. */
  public static String name(long atMillis, int place, String execution) {
    return String.format(Locale.ROOT, "%013d-%03d-%s", atMillis, place, execution);
  }
}
