package lyceum.contracts.lifecycle;

/**
 * What every stage of a run shares. Not part of a stage's key.
 *
 * @param parentTrackingRunId the tracking run of the whole life
 */
public record StageContext(
    String runId,
    String recipe,
    String modelLine,
    String requestedBy,
    String parentTrackingRunId,
    boolean fresh) {}
