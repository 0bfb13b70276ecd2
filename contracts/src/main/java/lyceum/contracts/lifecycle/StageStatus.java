package lyceum.contracts.lifecycle;

import lyceum.core.Stage;

/**
 * Where one stage stands.
 *
 * @param startedAtMillis epoch milliseconds, 0 before it began
 * @param finishedAtMillis epoch milliseconds, 0 before it ended
 * @param note why, where the state calls for it
 */
public record StageStatus(
    Stage stage, StageState state, long startedAtMillis, long finishedAtMillis, String note) {}
