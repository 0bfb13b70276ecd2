package lyceum.contracts.deployment;

import io.temporal.activity.ActivityInterface;
import java.net.URI;
import java.util.List;
import lyceum.core.ModelArtifact;
import org.jspecify.annotations.Nullable;

/** The steps of the deployment stage and of promotion. */
@ActivityInterface(namePrefix = "deployment.")
public interface DeploymentActivities {
  /**
   * Registers the candidate as a version of the model line with its lineage and what it is judged
   * by, and points the alias {@code candidate} at it.
   */
  int register(RegisterRequest request);

  /** The version that the alias {@code champion} points to, 0 when there is none. */
  int champion(String modelLine);

  /** A registered version, and what it is judged by where it was put forward by a run. */
  Registered registered(VersionRequest request);

  /**
   * Starts the server on a version, or swaps the running one over to it. Returns the API's address.
   */
  URI serve(ServeRequest request);

  /** Lets the version answer a share of the requests beside the champion. */
  URI serveCanary(CanaryRequest request);

  /** The canary of the line answers nothing any more; a no-op where there is none. */
  void endCanary(String modelLine);

  /** Asks the server; fails when an answer is empty or comes from another version. */
  List<DeploymentResult.SmokeAnswer> smoke(SmokeRequest request);

  /** Asks the version, and reads what the server has counted of it and of the one before. */
  HealthSample health(HealthRequest request);

  /**
   * Points {@code champion} at the version, {@code previous} at the one before, and appends to the
   * line's audit log.
   */
  void moveAlias(MoveAliasRequest request);

  /** Appends to the line's audit log; appending the same entry again changes nothing. */
  void record(AuditEntry entry);

  /**
   * A candidate to register; the tracking run makes a second call find the first one's version.
   *
   * @param requestedBy who started the run
   */
  record RegisterRequest(
      String modelLine,
      String trackingRunId,
      String key,
      DeploymentInput input,
      @Nullable String runId,
      @Nullable String requestedBy) {}

  /** A version of a line. */
  record VersionRequest(String modelLine, int version) {}

  /** A version of a line; {@code candidate} is null where no run put it forward. */
  record Registered(ModelArtifact model, @Nullable Candidate candidate) {}

  /**
   * What a run put forward.
   *
   * @param requestedBy who started the run
   */
  record Candidate(DeploymentInput input, String runId, String requestedBy) {}

  /** A version to serve. */
  record ServeRequest(String modelLine, int version) {}

  /** A version to let answer a share of the requests. */
  record CanaryRequest(String modelLine, int version, double percent) {}

  /** Prompts to ask. */
  record SmokeRequest(URI endpoint, String modelLine, int version, List<String> prompts) {}

  /**
   * A version to look at.
   *
   * @param canary whether it is asked as a canary
   * @param stable the version to compare its latency with, 0 for none
   */
  record HealthRequest(
      URI endpoint,
      String modelLine,
      int version,
      boolean canary,
      int stable,
      List<String> prompts) {}

  /**
   * One look.
   *
   * @param smokeFailures which prompts were not answered, and why
   */
  record HealthSample(Traffic version, Traffic stable, List<String> smokeFailures) {}

  /**
   * An alias to move.
   *
   * @param audit the log's entry; {@code null} in what an earlier version wrote
   */
  record MoveAliasRequest(
      String modelLine,
      int version,
      int previousVersion,
      String movedBy,
      String reason,
      @Nullable AuditEntry audit) {}
}
