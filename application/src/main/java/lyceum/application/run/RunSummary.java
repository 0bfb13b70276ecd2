package lyceum.application.run;

/**
 * One line of the list of runs.
 *
 * @param stage the stage it has come to; empty before the first
 * @param closedAtMillis 0 while it goes on
 */
public record RunSummary(
    String runId,
    String recipe,
    String modelLine,
    String requestedBy,
    RunState state,
    String stage,
    long startedAtMillis,
    long closedAtMillis) {}
