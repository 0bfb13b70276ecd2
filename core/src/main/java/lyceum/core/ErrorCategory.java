package lyceum.core;

/** Who can mend a failure; decides whether it is retried. */
public enum ErrorCategory {
  /** The request is wrong; trying again without a change cannot help. */
  USER,
  /** A defect in Lyceum; retried a few times, then surfaced. */
  INTERNAL,
  /** Not enough memory, disk or devices now; retried with back-off. */
  RESOURCE,
  /** A server or network outside; retried with back-off. */
  EXTERNAL
}
