package lyceum.console;

/** How a run as a whole stands. */
public enum RunState {
  RUNNING,
  SUCCEEDED,
  FAILED,
  CANCELLED,
  /** Ended by force, without cleaning up. */
  TERMINATED,
  TIMED_OUT
}
