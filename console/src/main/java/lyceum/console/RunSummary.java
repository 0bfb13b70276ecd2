package lyceum.console;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One run in a list.
 *
 * @param runId also the workflow id
 * @param finishedAt {@code null} while it runs
 */
public record RunSummary(
    String runId, RunState state, Instant startedAt, @Nullable Instant finishedAt) {}
