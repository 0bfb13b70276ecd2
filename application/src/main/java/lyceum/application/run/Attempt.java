package lyceum.application.run;

import lyceum.core.Stage;

/**
 * One step of a stage as its history tells.
 *
 * @param attempt the last one; those before it failed
 * @param worker process and host that took it; empty before one did
 * @param endedAtMillis 0 while it goes on
 * @param failure of the last attempt that failed; empty where none did
 */
public record Attempt(
    Stage stage,
    String step,
    int attempt,
    String worker,
    long startedAtMillis,
    long endedAtMillis,
    Outcome outcome,
    String failure) {
  /** How it ended. */
  public enum Outcome {
    RUNNING,
    COMPLETED,
    FAILED,
    TIMED_OUT,
    CANCELLED
  }
}
