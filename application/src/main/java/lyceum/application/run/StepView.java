package lyceum.application.run;

import lyceum.contracts.lifecycle.StageProgress;
import org.jspecify.annotations.Nullable;

/**
 * What a running stage does now.
 *
 * @param name of the activity
 * @param attempt 1 the first time
 * @param progress of the newest heartbeat; {@code null} where the step sends none
 * @param waitsForWorker whether no worker has taken it up
 * @param lastFailure why the attempt before this one ended; empty on the first
 */
public record StepView(
    String name,
    int attempt,
    @Nullable StageProgress progress,
    boolean waitsForWorker,
    String lastFailure) {}
