package lyceum.workflows.deployment;

import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.workflow.ChildWorkflowCancellationType;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.ApprovalStatus;
import lyceum.contracts.deployment.DeploymentActivities;
import lyceum.contracts.deployment.DeploymentActivities.RegisterRequest;
import lyceum.contracts.deployment.DeploymentInput;
import lyceum.contracts.deployment.DeploymentRequest;
import lyceum.contracts.deployment.DeploymentResult;
import lyceum.contracts.deployment.DeploymentWorkflow;
import lyceum.contracts.deployment.GateOutcome;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionRequest;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.workflows.stage.Refusal;
import lyceum.workflows.stage.Scores;
import lyceum.workflows.stage.StageScript;
import org.jspecify.annotations.Nullable;

/** Registers the candidate, holds it against its gates, waits for approval, and has it promoted. */
public final class DeploymentWorkflowImpl extends StageScript implements DeploymentWorkflow {
  /** Between two tries to promote while another promotion of the line runs. */
  private static final Duration LINE_BUSY_PAUSE = Duration.ofSeconds(15);

  /**
   * A promotion takes minutes; a line that is busy for longer than this has a problem of its own.
   */
  private static final Duration LINE_BUSY_DEADLINE = Duration.ofHours(2);

  private List<GateOutcome> gates = List.of();
  private @Nullable ApprovalDecision decision;
  private boolean waiting;
  private long deadlineMillis;
  private int version;

  public DeploymentWorkflowImpl() {
    super(Stage.DEPLOYMENT);
  }

  @Override
  public StageOutcome run(DeploymentRequest request) {
    return stage(
        request.context(),
        request.input(),
        DeploymentResult.class,
        () -> deploy(request.input()),
        DeploymentWorkflowImpl::gateScores);
  }

  @Override
  public ApprovalStatus approval() {
    return new ApprovalStatus(waiting, deadlineMillis, version, gates, decision);
  }

  @Override
  public ApprovalStatus decide(ApprovalDecision decision) {
    // Another decision may have come between this one's validation and now.
    validateDecide(decision);
    this.decision = decision;
    return approval();
  }

  @Override
  public void validateDecide(ApprovalDecision decision) {
    ApprovalDecision made = this.decision;
    if (made != null) {
      throw Refusal.because(
          "Version "
              + version
              + " has been "
              + (made.approved() ? "approved" : "rejected")
              + " already, by "
              + made.decidedBy()
              + ".");
    }
    if (!waiting) {
      throw Refusal.because("No decision is waited for. The stage's status says when one is.");
    }
  }

  private DeploymentResult deploy(DeploymentInput input) {
    String line = context().modelLine();
    version =
        controlStep(
            DeploymentActivities.class,
            "Register the candidate in " + line,
            a ->
                a.register(
                    new RegisterRequest(line, opening().trackingRunId(), opening().key(), input)));
    gates = input.settings().gates().stream().map(gate -> outcome(gate, input.scores())).toList();
    requireGates(line);
    ApprovalDecision approved = approve(input.settings(), line);
    PromotionResult promoted = promote(input.settings(), approved, line);
    return new DeploymentResult(
        line, version, promoted.endpoint(), gates, approved, promoted.smoke());
  }

  private static GateOutcome outcome(DeploymentSettings.Gate gate, List<Score> scores) {
    Optional<Double> value = Scores.value(scores, gate.score());
    return new GateOutcome(gate, value.orElse(null), value.isPresent() && gate.admits(value.get()));
  }

  private void requireGates(String line) {
    String missed =
        gates.stream()
            .filter(gate -> !gate.passed())
            .map(DeploymentWorkflowImpl::words)
            .collect(Collectors.joining("; "));
    if (!missed.isEmpty()) {
      throw LyceumException.user(
          "Version "
              + version
              + " of "
              + line
              + " is registered but not promoted, because it did not pass: "
              + missed
              + ".");
    }
  }

  private static String words(GateOutcome outcome) {
    DeploymentSettings.Gate gate = outcome.gate();
    String bound =
        (gate.atLeast() == null ? "" : " at least " + gate.atLeast())
            + (gate.atMost() == null ? "" : " at most " + gate.atMost());
    return gate.score()
        + bound
        + (outcome.value() == null ? " was not measured" : " is " + outcome.value());
  }

  private ApprovalDecision approve(DeploymentSettings settings, String line) {
    switch (settings.approval()) {
      case AUTOMATIC ->
          decision =
              new ApprovalDecision(
                  true, "gates", gates.size() + " of " + gates.size() + " gates passed");
      case PERSON -> {
        Duration deadline = Duration.ofHours(settings.approvalDeadlineHours());
        deadlineMillis = Workflow.currentTimeMillis() + deadline.toMillis();
        waiting = true;
        waitForPeople(
            "version " + version + " of " + line + " waits for approval",
            deadline,
            () -> decision != null);
        waiting = false;
        // A decision holds from the moment it is made; a pause only puts off what follows from it.
        awaitNotPaused();
      }
    }
    ApprovalDecision made = decision;
    if (made == null) {
      throw LyceumException.user(
          "Version "
              + version
              + " of "
              + line
              + " is registered but not promoted: nobody decided within "
              + settings.approvalDeadlineHours()
              + " hours.");
    }
    if (!made.approved()) {
      throw LyceumException.user(
          "Version "
              + version
              + " of "
              + line
              + " is registered but not promoted: rejected by "
              + made.decidedBy()
              + (made.reason().isBlank() ? "." : ": " + made.reason()));
    }
    return made;
  }

  /**
   * Promotes in the one workflow of the line; while another promotion runs there, waits for it to
   * end.
   */
  private PromotionResult promote(
      DeploymentSettings settings, ApprovalDecision approved, String line) {
    PromotionRequest request =
        new PromotionRequest(
            line, version, settings.smokePrompts(), approved.decidedBy(), approved.reason());
    long busyDeadline = Workflow.currentTimeMillis() + LINE_BUSY_DEADLINE.toMillis();
    while (true) {
      try {
        return promotion(line).run(request);
      } catch (ChildWorkflowFailure e) {
        if (!(e.getCause() instanceof WorkflowExecutionAlreadyStarted)) {
          throw e;
        }
        if (Workflow.currentTimeMillis() > busyDeadline) {
          throw LyceumException.external(
              "Version "
                  + version
                  + " of "
                  + line
                  + " is not promoted: the workflow "
                  + PromotionWorkflow.workflowId(line)
                  + " has been busy for "
                  + LINE_BUSY_DEADLINE.toHours()
                  + " hours. See what it waits for and end it.",
              e);
        }
        Workflow.sleep(LINE_BUSY_PAUSE);
      }
    }
  }

  private static PromotionWorkflow promotion(String line) {
    return Workflow.newChildWorkflowStub(
        PromotionWorkflow.class,
        ChildWorkflowOptions.newBuilder()
            .setWorkflowId(PromotionWorkflow.workflowId(line))
            .setWorkflowIdReusePolicy(
                WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
            // A promotion under way ends well or goes back by itself, even where its life is
            // terminated.
            .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON)
            .setCancellationType(ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED)
            .build());
  }

  private static List<Score> gateScores(DeploymentResult result) {
    long passed = result.gates().stream().filter(GateOutcome::passed).count();
    return List.of(new Score("deployment", "gates_passed", passed, result.gates().size(), 0));
  }
}
