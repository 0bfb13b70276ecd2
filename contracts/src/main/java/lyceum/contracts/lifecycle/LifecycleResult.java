package lyceum.contracts.lifecycle;

import java.net.URI;
import lyceum.core.ArtifactRef;

/**
 * How the run ended: with a version that serves. What each stage made is the result of the stage's
 * own workflow.
 *
 * @param version of {@code modelLine}
 * @param endpoint address of the OpenAI-style API
 * @param report the evaluation's table and transcripts, Markdown
 */
public record LifecycleResult(
    String runId,
    String trackingRunId,
    String modelLine,
    int version,
    URI endpoint,
    ArtifactRef report) {}
