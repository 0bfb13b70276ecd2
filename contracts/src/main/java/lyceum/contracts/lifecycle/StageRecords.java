package lyceum.contracts.lifecycle;

import io.temporal.activity.ActivityInterface;
import java.util.List;
import lyceum.core.Score;
import lyceum.core.Stage;
import org.jspecify.annotations.Nullable;

/** Opens and closes a stage: its key, its record in object storage, its tracking run. */
@ActivityInterface(namePrefix = "records.")
public interface StageRecords {
  /** Begins the tracking run of the whole life, or finds it again. Returns its id. */
  String openLife(LifecycleRequest request);

  /** Ends the tracking run of the whole life. */
  void closeLife(CloseLife request);

  /**
   * Computes the stage's key, looks for a record with intact artifacts, begins the stage's tracking
   * run.
   */
  StageOpening open(OpenStage request);

  /** Writes the stage's record, logs its scores, ends its tracking run. */
  void close(CloseStage request);

  /** Ends the stage's tracking run as failed. */
  void fail(FailStage request);

  /**
   * How the life ended.
   *
   * @param endedAtMillis by the workflow's clock, the same whenever the call is repeated
   */
  record CloseLife(
      String trackingRunId,
      boolean succeeded,
      String note,
      List<Score> scores,
      long endedAtMillis) {}

  /**
   * A stage about to run.
   *
   * @param inputJson the stage's input record (contract and settings) as JSON; what the key is made
   *     of
   */
  record OpenStage(StageContext context, Stage stage, String inputJson) {}

  /**
   * What {@link #open} found.
   *
   * @param reusedResultJson the result on hand, or {@code null}
   * @param note why it was reused or why it runs
   */
  record StageOpening(
      String key, String trackingRunId, @Nullable String reusedResultJson, String note) {}

  /** A stage that ended well. */
  record CloseStage(
      StageContext context,
      Stage stage,
      String key,
      String trackingRunId,
      String inputJson,
      String resultJson,
      List<Score> scores) {}

  /** A stage that did not end well. */
  record FailStage(
      StageContext context, Stage stage, String trackingRunId, String reason, boolean cancelled) {}
}
