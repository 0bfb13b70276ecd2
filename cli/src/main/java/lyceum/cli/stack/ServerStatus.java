package lyceum.cli.stack;

/**
 * How one server is.
 *
 * @param managed whether this installation runs it
 * @param pid 0 when it does not run here
 * @param address where it is asked; empty for the worker
 * @param version empty when it is not known
 * @param startedAtMillis epoch milliseconds, 0 when not known
 * @param link a page for people; empty when there is none
 * @param note what to do, where something should be done
 */
public record ServerStatus(
    Server server,
    State state,
    boolean managed,
    long pid,
    String address,
    String version,
    long startedAtMillis,
    String link,
    String note) {
  /** How it is. */
  public enum State {
    /** Answers as it should. */
    HEALTHY,
    /** Its process runs, but it does not answer. */
    UNHEALTHY,
    /** Nothing runs. */
    STOPPED
  }
}
