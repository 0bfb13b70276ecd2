package lyceum.console;

import lyceum.core.LyceumException;

/** Where the console reads runs. */
public interface Runs {
  /**
   * Runs: those that run, then those that ended, each newest first.
   *
   * @param pageSize 1 to 100
   * @param pageToken from the page before, empty for the first
   * @throws LyceumException of category USER for a token or size that is none, EXTERNAL when the
   *     server does not answer
   */
  RunPage list(int pageSize, String pageToken);

  /**
   * One run with its stages.
   *
   * @throws RunNotFoundException when there is no run with this id
   * @throws LyceumException of category EXTERNAL when the server does not answer
   */
  RunView get(String runId);

  /** There is no run with this id. */
  final class RunNotFoundException extends RuntimeException {
    public RunNotFoundException(String runId) {
      super("There is no run '" + runId + "'. GET /api/v1/runs lists them.");
    }
  }
}
