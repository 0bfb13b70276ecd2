package lyceum.contracts.lifecycle;

import java.util.List;

/** Where a run stands, one entry a stage in order. */
public record LifecycleStatus(
    String runId,
    String recipe,
    String modelLine,
    String requestedBy,
    boolean paused,
    String trackingRunId,
    List<StageStatus> stages) {}
