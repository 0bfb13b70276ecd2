package lyceum.contracts.lifecycle;

/** Where a stage of a run stands. */
public enum StageState {
  PENDING,
  RUNNING,
  /** A person is waited for. */
  WAITING,
  PAUSED,
  /** Its result was on hand with the right bytes, so nothing ran. */
  REUSED,
  DONE,
  FAILED,
  CANCELLED
}
