package lyceum.airflow;

import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lyceum.contracts.Payloads;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.ApprovalStatus;
import lyceum.contracts.deployment.DeploymentInput;
import lyceum.contracts.deployment.DeploymentRequest;
import lyceum.contracts.deployment.DeploymentWorkflow;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageContext;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.StageReport;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.Score;
import lyceum.core.Sha256;
import lyceum.core.Stage;
import lyceum.core.recipe.DeploymentSettings.Approval;

/** A life of seconds with no work in it; the recipe's seed says how many seconds it trains. */
public final class FakeLife implements LifecycleWorkflow {
  /** A recipe with this description fails in its first stage. */
  static final String FAILS = "fails";

  private StageState deployment = StageState.PENDING;

  @Override
  public LifecycleResult run(LifecycleRequest request) {
    if (request.recipe().description().equals(FAILS)) {
      throw ApplicationFailure.newNonRetryableFailure(
          "The corpus stage failed: no such file", "USER");
    }
    Workflow.sleep(Duration.ofSeconds(request.recipe().seed()));
    deployment = StageState.RUNNING;
    DeploymentWorkflow stage =
        Workflow.newChildWorkflowStub(
            DeploymentWorkflow.class,
            ChildWorkflowOptions.newBuilder()
                .setWorkflowId(LifecycleWorkflow.stageWorkflowId(request.runId(), Stage.DEPLOYMENT))
                .build());
    stage.run(
        new DeploymentRequest(
            new StageContext(
                request.runId(),
                request.recipe().name(),
                request.recipe().modelLine(),
                request.requestedBy(),
                "tracking",
                false),
            new DeploymentInput(
                request.recipe().deployment(),
                model(),
                "aligned",
                List.of(new Score("validation", "bits_per_byte", 2.5, 100, 0.01)),
                "{}",
                null)));
    deployment = StageState.DONE;
    return new LifecycleResult(
        request.runId(),
        "tracking",
        request.recipe().modelLine(),
        3,
        URI.create("http://127.0.0.1:8080/v1"),
        artifact("report"));
  }

  private static ModelArtifact model() {
    return ModelArtifact.of(
        Stream.of(
                ModelArtifact.CONFIG,
                ModelArtifact.WEIGHTS,
                ModelArtifact.TOKENIZER,
                ModelArtifact.TOKENIZER_CONFIG)
            .collect(Collectors.toMap(name -> name, FakeLife::artifact)));
  }

  private static ArtifactRef artifact(String text) {
    String digest = Sha256.of(text);
    return new ArtifactRef(URI.create("s3://lyceum/artifacts/" + digest), digest, text.length());
  }

  @Override
  public LifecycleStatus status() {
    List<StageStatus> stages =
        Arrays.stream(Stage.values())
            .map(
                s ->
                    new StageStatus(
                        s, s == Stage.DEPLOYMENT ? deployment : StageState.DONE, 0, 0, ""))
            .toList();
    return new LifecycleStatus("a-run", "test", "test-line", "ann", false, "tracking", stages);
  }

  @Override
  public void pause(PauseRequest request) {}

  @Override
  public void validatePause(PauseRequest request) {}

  @Override
  public void resume(PauseRequest request) {}

  @Override
  public void validateResume(PauseRequest request) {}

  @Override
  public void report(StageReport report) {}

  /** Waits for a decision where the recipe says so. */
  public static final class FakeDeployment implements DeploymentWorkflow {
    private ApprovalDecision decision;
    private boolean waiting;

    @Override
    public StageOutcome run(DeploymentRequest request) {
      if (request.input().settings().approval() == Approval.PERSON) {
        status(StageState.WAITING);
        waiting = true;
        Workflow.await(() -> decision != null);
        waiting = false;
        status(StageState.RUNNING);
        if (!decision.approved()) {
          throw ApplicationFailure.newNonRetryableFailure(
              "rejected by " + decision.decidedBy() + ": " + decision.reason(), "USER");
        }
      }
      Workflow.sleep(Duration.ofSeconds(1));
      return new StageOutcome(false, "key", "tracking", "", Payloads.toJson(List.of()));
    }

    private static void status(StageState state) {
      Workflow.upsertTypedSearchAttributes(SearchKeys.STATUS.valueSet(state.name()));
    }

    @Override
    public ApprovalStatus approval() {
      return new ApprovalStatus(waiting, 0, 3, List.of(), decision, null, "ann", false);
    }

    @Override
    public ApprovalStatus decide(ApprovalDecision decision) {
      this.decision = decision;
      return approval();
    }

    @Override
    public void validateDecide(ApprovalDecision decision) {
      if (!waiting) {
        throw ApplicationFailure.newNonRetryableFailure("No decision is waited for.", "USER");
      }
    }

    @Override
    public void pauseStage(PauseRequest request) {}

    @Override
    public void resumeStage(PauseRequest request) {}
  }
}
