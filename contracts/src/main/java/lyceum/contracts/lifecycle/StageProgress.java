package lyceum.contracts.lifecycle;

/**
 * Heartbeat of a long step: what a person watching wants to see, and where the newest checkpoint
 * is.
 *
 * @param phase for example {@code reward model}
 * @param step steps done
 * @param steps steps in all, 0 when unknown
 * @param loss of the last step, NaN when there is none
 * @param tokensPerSecond over the last few steps, 0 when it does not apply
 * @param checkpointStep step of the newest published checkpoint, 0 before the first
 */
public record StageProgress(
    String phase,
    long step,
    long steps,
    double loss,
    double tokensPerSecond,
    long checkpointStep) {}
