package lyceum.contracts.deployment;

import io.temporal.activity.ActivityInterface;
import java.net.URI;
import java.util.List;

/** The steps of the deployment stage and of promotion. */
@ActivityInterface(namePrefix = "deployment.")
public interface DeploymentActivities {
  /**
   * Registers the candidate as a version of the model line with its lineage, and points the alias
   * {@code candidate} at it.
   */
  int register(RegisterRequest request);

  /** The version that the alias {@code champion} points to, 0 when there is none. */
  int champion(String modelLine);

  /**
   * Starts the server on a version, or swaps the running one over to it. Returns the API's address.
   */
  URI serve(ServeRequest request);

  /** Asks the server; fails when an answer is empty or comes from another version. */
  List<DeploymentResult.SmokeAnswer> smoke(SmokeRequest request);

  /**
   * Points {@code champion} at the version, {@code previous} at the one before, and appends to the
   * line's history.
   */
  void moveAlias(MoveAliasRequest request);

  /** A candidate to register; the tracking run makes a second call find the first one's version. */
  record RegisterRequest(
      String modelLine, String trackingRunId, String key, DeploymentInput input) {}

  /** A version to serve. */
  record ServeRequest(String modelLine, int version) {}

  /** Prompts to ask. */
  record SmokeRequest(URI endpoint, String modelLine, int version, List<String> prompts) {}

  /** An alias to move. */
  record MoveAliasRequest(
      String modelLine, int version, int previousVersion, String movedBy, String reason) {}
}
