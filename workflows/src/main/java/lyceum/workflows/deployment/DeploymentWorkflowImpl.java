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
import java.util.Map;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.ApprovalStatus;
import lyceum.contracts.deployment.AuditEntry.Action;
import lyceum.contracts.deployment.DeploymentActivities;
import lyceum.contracts.deployment.DeploymentActivities.RegisterRequest;
import lyceum.contracts.deployment.DeploymentActivities.VersionRequest;
import lyceum.contracts.deployment.DeploymentInput;
import lyceum.contracts.deployment.DeploymentRequest;
import lyceum.contracts.deployment.DeploymentResult;
import lyceum.contracts.deployment.DeploymentWorkflow;
import lyceum.contracts.deployment.GateOutcome;
import lyceum.contracts.deployment.Judgement;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionRequest;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;
import lyceum.contracts.evaluation.EvaluationActivities;
import lyceum.contracts.evaluation.EvaluationActivities.PairRequest;
import lyceum.contracts.evaluation.EvaluationActivities.Pairing;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.Notification;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.workflows.notification.News;
import lyceum.workflows.stage.Refusal;
import lyceum.workflows.stage.StageScript;
import org.jspecify.annotations.Nullable;

/** Registers the candidate, holds it against its gates, waits for approval, and has it promoted. */
public final class DeploymentWorkflowImpl extends StageScript implements DeploymentWorkflow {
  /** Between two tries to promote while another promotion of the line runs. */
  private static final Duration LINE_BUSY_PAUSE = Duration.ofSeconds(15);

  /** A canary may take days, and every try leaves its mark in the history. */
  private static final Duration LONGEST_LINE_BUSY_PAUSE = Duration.ofMinutes(5);

  /** The longest canary and the longest watch a recipe may ask for, and a day. */
  private static final Duration LINE_BUSY_DEADLINE = Duration.ofDays(29);

  private Judgement judgement = new Judgement(List.of(), 0, null);
  private @Nullable ApprovalDecision decision;
  private boolean waiting;
  private long deadlineMillis;
  private int version;
  private boolean fourEyes;

  /** Histories of before the line kept its log have none of what came with it. */
  private boolean keepsLog;

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
    return new ApprovalStatus(
        waiting,
        deadlineMillis,
        version,
        judgement.gates(),
        decision,
        judgement.comparison(),
        isStarted() ? context().requestedBy() : null,
        fourEyes);
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
    if (fourEyes && decision.approved() && decision.decidedBy().equals(context().requestedBy())) {
      throw Refusal.because(
          "The recipe asks for four eyes: "
              + decision.decidedBy()
              + " started the run, so somebody else has to approve version "
              + version
              + ".");
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
                    new RegisterRequest(
                        line,
                        opening().trackingRunId(),
                        opening().key(),
                        input,
                        context().runId(),
                        context().requestedBy())));
    keepsLog = Workflow.getVersion("the line keeps its log", Workflow.DEFAULT_VERSION, 1) == 1;
    judgement = keepsLog ? judge(input, line) : onGatesAlone(input);
    AuditLog log = new AuditLog(line, context().runId(), judgement);
    requireNothingMissed(line, log);
    ApprovalDecision approved = approve(input.settings(), line, log);
    PromotionResult promoted = promote(input.settings(), approved, line);
    return new DeploymentResult(
        line,
        version,
        promoted.endpoint(),
        judgement.gates(),
        approved,
        promoted.smoke(),
        judgement.comparison());
  }

  private Judgement judge(DeploymentInput input, String line) {
    int champion =
        controlStep(
            DeploymentActivities.class, "Look up the champion of " + line, a -> a.champion(line));
    return Judge.judge(input, version, champion, new StageEvidence(line));
  }

  private static Judgement onGatesAlone(DeploymentInput input) {
    return new Judgement(
        input.settings().gates().stream().map(gate -> Judge.outcome(gate, input.scores())).toList(),
        0,
        null);
  }

  private void requireNothingMissed(String line, AuditLog log) {
    String missed = Judge.missed(judgement);
    if (!missed.isEmpty()) {
      throw rejected(line, log, "gates", "it did not pass: " + missed);
    }
  }

  /** Notes the no and gives the failure with which the stage ends. */
  private LyceumException rejected(String line, AuditLog log, String by, String why) {
    if (keepsLog) {
      log.write(Action.REJECTED, judgement.champion(), version, by, why);
    }
    return LyceumException.user(
        "Version "
            + version
            + " of "
            + line
            + " is registered but not promoted"
            + (by.equals("gates") ? ", because " + why + "." : ": " + why + "."));
  }

  private ApprovalDecision approve(DeploymentSettings settings, String line, AuditLog log) {
    switch (settings.approval()) {
      case AUTOMATIC ->
          decision =
              new ApprovalDecision(
                  true,
                  "gates",
                  judgement.gates().size() + " of " + judgement.gates().size() + " gates passed");
      case PERSON -> {
        Duration deadline = deadline(settings);
        deadlineMillis = Workflow.currentTimeMillis() + deadline.toMillis();
        fourEyes = settings.fourEyes();
        waiting = true;
        if (keepsLog) {
          News.send(
              Notification.Event.APPROVAL_WAITING,
              "Version " + version + " of " + line + " waits for approval",
              "Run "
                  + context().runId()
                  + " of "
                  + context().requestedBy()
                  + " put it forward; its gates passed. It is rejected when nobody decides within "
                  + words(deadline(settings))
                  + ": lyceum approve "
                  + context().runId(),
              Map.of(
                  "modelLine",
                  line,
                  "version",
                  Integer.toString(version),
                  "run",
                  context().runId()));
        }
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
      throw rejected(line, log, "deadline", "nobody decided within " + words(deadline(settings)));
    }
    if (!made.approved()) {
      throw rejected(
          line,
          log,
          made.decidedBy(),
          "rejected by "
              + made.decidedBy()
              + (made.reason().isBlank() ? "" : ": " + made.reason()));
    }
    if (keepsLog) {
      log.write(Action.APPROVED, judgement.champion(), version, made.decidedBy(), made.reason());
    }
    return made;
  }

  private static Duration deadline(DeploymentSettings settings) {
    return Duration.ofMillis(Math.round(settings.approvalDeadlineHours() * 3_600_000));
  }

  private static String words(Duration deadline) {
    long seconds = Math.round(deadline.toMillis() / 1000.0);
    if (seconds % 3600 == 0) {
      return seconds / 3600 + " hours";
    }
    return seconds % 60 == 0 ? seconds / 60 + " minutes" : seconds + " seconds";
  }

  /**
   * Promotes in the one workflow of the line; while another promotion runs there, waits for it to
   * end.
   */
  private PromotionResult promote(
      DeploymentSettings settings, ApprovalDecision approved, String line) {
    PromotionRequest request =
        new PromotionRequest(
            line,
            version,
            settings.smokePrompts(),
            approved.decidedBy(),
            approved.reason(),
            PromotionWorkflow.Kind.CANDIDATE,
            keepsLog ? judgement : null,
            context().runId(),
            settings.canary(),
            settings.health());
    Duration pause = LINE_BUSY_PAUSE;
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
        Workflow.sleep(pause);
        if (keepsLog && pause.compareTo(LONGEST_LINE_BUSY_PAUSE) < 0) {
          pause = pause.multipliedBy(2);
        }
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

  /** What a judge asks for within the stage, where its steps can be paused. */
  private final class StageEvidence implements Judge.Evidence {
    private final String line;

    StageEvidence(String line) {
      this.line = line;
    }

    @Override
    public ModelArtifact model(int champion) {
      return controlStep(
              DeploymentActivities.class,
              "Look up version " + champion,
              a -> a.registered(new VersionRequest(line, champion)))
          .model();
    }

    @Override
    public Pairing pair(PairRequest request) {
      return learningStep(
          EvaluationActivities.class,
          "Hold version " + version + " against the champion",
          a -> a.pair(request));
    }
  }
}
