package lyceum.application.outcome;

/**
 * How a request that was not carried out failed: an exit code on the command line, a status over
 * HTTP.
 */
public enum Outcome {
  /** Something failed that none of the others describes. */
  FAILED,
  /** The request itself is wrong; nothing was started. */
  INVALID,
  /** What was named is not there. */
  NOT_FOUND,
  /** A server refused the credentials or the permission. */
  ACCESS,
  /** The run that was asked about ended in failure or was cancelled. */
  RUN_FAILED,
  /** A gate, a person or a workflow refused. */
  REFUSED,
  /** What was asked for clashes with what is there. */
  CONFLICT,
  /** What was asked for is not done yet. */
  TIMED_OUT
}
