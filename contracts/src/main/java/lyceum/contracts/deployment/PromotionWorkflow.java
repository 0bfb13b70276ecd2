package lyceum.contracts.deployment;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.net.URI;
import java.util.List;
import lyceum.core.LyceumException;
import lyceum.core.recipe.CanarySettings;
import lyceum.core.recipe.HealthSettings;
import org.jspecify.annotations.Nullable;

/**
 * Moves a model line to a version: judge, canary, serve, smoke, alias, watch; back again when a
 * step fails or health is bad. Its id serialises the line.
 */
@WorkflowInterface
public interface PromotionWorkflow {
  @WorkflowMethod
  PromotionResult run(PromotionRequest request);

  @QueryMethod
  PromotionStatus status();

  /** Ends the canary or the watch at once and goes back. Refused when neither is under way. */
  @UpdateMethod
  PromotionStatus goBack(GoBack request);

  @UpdateValidatorMethod(updateName = "goBack")
  void validateGoBack(GoBack request);

  static String workflowId(String modelLine) {
    return "promotion-" + modelLine;
  }

  /** Who wants the version from before back, and why. */
  record GoBack(String by, String reason) {
    public GoBack {
      if (by.isBlank()) {
        throw LyceumException.user("Going back needs the name of who asks for it.");
      }
    }
  }

  /** What a request is. */
  enum Kind {
    /** Of a run's candidate, which its run has judged. */
    CANDIDATE,
    /** By hand: judged here, unless the person overrides it with a reason. */
    BY_HAND,
    /** By hand, whatever the judgement. */
    OVERRIDE,
    /** Of an earlier champion; not judged. */
    ROLLBACK
  }

  /**
   * A version to promote.
   *
   * @param requestedBy who says yes to it
   * @param kind {@code null} in what an earlier version wrote
   * @param judgement of a {@link Kind#CANDIDATE}; it is stale when another version became champion
   *     since
   * @param runId the run that asks
   * @param canary a share of the requests first, or {@code null} for all at once
   * @param health what takes the version back
   */
  record PromotionRequest(
      String modelLine,
      int version,
      List<String> smokePrompts,
      String requestedBy,
      String reason,
      @Nullable Kind kind,
      @Nullable Judgement judgement,
      @Nullable String runId,
      @Nullable CanarySettings canary,
      @Nullable HealthSettings health) {
    /** All at once, and not watched. */
    public PromotionRequest(
        String modelLine,
        int version,
        List<String> smokePrompts,
        String requestedBy,
        String reason,
        Kind kind) {
      this(modelLine, version, smokePrompts, requestedBy, reason, kind, null, null, null, null);
    }
  }

  /** The version that serves now. */
  record PromotionResult(
      int version, int previousVersion, URI endpoint, List<DeploymentResult.SmokeAnswer> smoke) {}
}
