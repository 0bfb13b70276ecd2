package lyceum.contracts.lifecycle;

import lyceum.contracts.Payloads;

/**
 * What a stage workflow returns to the life.
 *
 * @param reused whether the result was on hand
 * @param key hash of the stage's contract, settings and code version
 * @param trackingRunId the stage's own tracking run
 * @param note why the result was reused, or why the stage ran
 * @param resultJson the stage's result record as JSON
 */
public record StageOutcome(
    boolean reused, String key, String trackingRunId, String note, String resultJson) {
  public <T> T result(Class<T> type) {
    return Payloads.fromJson(resultJson, type);
  }
}
