package lyceum.workflows.deployment;

import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import lyceum.contracts.Failures;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.contracts.deployment.AuditEntry.Action;
import lyceum.contracts.deployment.DeploymentActivities;
import lyceum.contracts.deployment.DeploymentActivities.CanaryRequest;
import lyceum.contracts.deployment.DeploymentActivities.Candidate;
import lyceum.contracts.deployment.DeploymentActivities.HealthRequest;
import lyceum.contracts.deployment.DeploymentActivities.HealthSample;
import lyceum.contracts.deployment.DeploymentActivities.MoveAliasRequest;
import lyceum.contracts.deployment.DeploymentActivities.ServeRequest;
import lyceum.contracts.deployment.DeploymentActivities.SmokeRequest;
import lyceum.contracts.deployment.DeploymentActivities.VersionRequest;
import lyceum.contracts.deployment.DeploymentResult.SmokeAnswer;
import lyceum.contracts.deployment.Judgement;
import lyceum.contracts.deployment.PromotionStatus;
import lyceum.contracts.deployment.PromotionStatus.Health;
import lyceum.contracts.deployment.PromotionStatus.Phase;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.deployment.Traffic;
import lyceum.contracts.evaluation.EvaluationActivities;
import lyceum.contracts.evaluation.EvaluationActivities.PairRequest;
import lyceum.contracts.evaluation.EvaluationActivities.Pairing;
import lyceum.contracts.schedule.ScheduleEvent;
import lyceum.core.ErrorCategory;
import lyceum.core.ModelArtifact;
import lyceum.core.Notification;
import lyceum.core.recipe.CanarySettings;
import lyceum.core.recipe.HealthSettings;
import lyceum.workflows.notification.News;
import lyceum.workflows.schedule.Bell;
import lyceum.workflows.stage.ActivityProfiles;
import lyceum.workflows.stage.Attempts;
import lyceum.workflows.stage.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Judges the version where nobody has, lets it answer a share of the requests, serves it, asks it,
 * moves the alias, watches it; a step that fails, or bad health, undoes those before it (a saga).
 */
public final class PromotionWorkflowImpl implements PromotionWorkflow {
  /** A watch of two weeks would otherwise fill the history; its looks become rarer instead. */
  private static final int MOST_LOOKS = 1_000;

  private final Deque<Runnable> undo = new ArrayDeque<>();
  private @Nullable PromotionRequest request;
  private @Nullable GoBack goBack;
  private @Nullable Health health;
  private AuditLog log = new AuditLog("", null, null);
  private Phase phase = Phase.JUDGING;
  private int previous;
  private double percent;
  private long startedAtMillis;
  private long untilMillis;

  /** Histories of before the line kept its log have none of what came with it. */
  private boolean keepsLog;

  @Override
  public PromotionResult run(PromotionRequest asked) {
    request = asked;
    startedAtMillis = Workflow.currentTimeMillis();
    String line = asked.modelLine();
    previous = Attempts.of(() -> control("Look up the champion of " + line).champion(line));
    keepsLog = Workflow.getVersion("the line keeps its log", Workflow.DEFAULT_VERSION, 1) == 1;
    PromotionRequest judged = keepsLog ? judged(asked) : asked;
    try {
      return promote(judged);
    } catch (TemporalFailure e) {
      throw goneBack(judged, e);
    } finally {
      phase = Phase.DONE;
    }
  }

  @Override
  public PromotionStatus status() {
    PromotionRequest asked = request;
    return new PromotionStatus(
        asked == null ? "" : asked.modelLine(),
        asked == null ? 0 : asked.version(),
        previous,
        phase,
        percent,
        startedAtMillis,
        untilMillis,
        health);
  }

  @Override
  public PromotionStatus goBack(GoBack asked) {
    validateGoBack(asked);
    goBack = asked;
    return status();
  }

  @Override
  public void validateGoBack(GoBack asked) {
    if (phase != Phase.CANARY && phase != Phase.WATCHING) {
      throw Refusal.because(
          "The promotion is neither a canary nor watched now; it is "
              + phase
              + ". Wait for its end, then roll back.");
    }
    if (previous == 0) {
      throw Refusal.because("There is no earlier version to go back to.");
    }
    GoBack before = goBack;
    if (before != null) {
      throw Refusal.because("It goes back already, as " + before.by() + " asked.");
    }
  }

  /** The request with what its candidate's recipe says of canary, health and prompts. */
  private PromotionRequest judged(PromotionRequest asked) {
    log = new AuditLog(asked.modelLine(), asked.runId(), asked.judgement());
    Kind kind = asked.kind() == null ? Kind.CANDIDATE : asked.kind();
    Judgement made = asked.judgement();
    if (kind == Kind.ROLLBACK) {
      return asked;
    }
    if (kind == Kind.CANDIDATE) {
      if (made != null && made.champion() != previous) {
        throw refused(
            asked,
            "it was judged against "
                + (made.champion() == 0 ? "no champion" : "version " + made.champion())
                + ", but version "
                + previous
                + " has become champion since. Start its run again: what the run made is on hand, and the candidate is judged anew.");
      }
      return asked;
    }
    Candidate candidate =
        Attempts.of(
                () ->
                    control("Look up version " + asked.version())
                        .registered(new VersionRequest(asked.modelLine(), asked.version())))
            .candidate();
    if (candidate == null) {
      if (kind == Kind.BY_HAND) {
        throw refused(
            asked,
            "no run has put it forward with gates, so there is nothing to judge it by. Override that with a reason.");
      }
      return asked;
    }
    if (candidate.input().settings().fourEyes()
        && candidate.requestedBy().equals(asked.requestedBy())) {
      throw refused(
          asked,
          "its recipe asks for four eyes, and "
              + asked.requestedBy()
              + " started the run that made it.");
    }
    Judgement judgement =
        Judge.judge(candidate.input(), asked.version(), previous, new LineEvidence(asked));
    log = new AuditLog(asked.modelLine(), candidate.runId(), judgement);
    String missed = Judge.missed(judgement);
    if (kind == Kind.BY_HAND && !missed.isEmpty()) {
      throw refused(asked, "it did not pass: " + missed + ".");
    }
    return new PromotionRequest(
        asked.modelLine(),
        asked.version(),
        candidate.input().settings().smokePrompts(),
        asked.requestedBy(),
        asked.reason(),
        kind,
        judgement,
        candidate.runId(),
        asked.canary() != null ? asked.canary() : candidate.input().settings().canary(),
        candidate.input().settings().health());
  }

  private ApplicationFailure refused(PromotionRequest asked, String why) {
    String outcome =
        "Version " + asked.version() + " of " + asked.modelLine() + " was not promoted: " + why;
    log.write(Action.REFUSED, previous, asked.version(), asked.requestedBy(), why);
    details(outcome);
    finish();
    return Refusal.because(outcome);
  }

  private PromotionResult promote(PromotionRequest asked) {
    String line = asked.modelLine();
    int version = asked.version();
    CanarySettings canary = asked.canary();
    if (canary != null && previous != 0 && previous != version) {
      tryOut(asked, canary);
    }
    phase = Phase.SERVING;
    // Each undo is registered before its do: a step that failed half-way is undone as well.
    undo.push(() -> serveAgain(line, previous));
    details("Starting the server on version " + version);
    URI endpoint =
        Attempts.of(
            () -> serving("Serve version " + version).serve(new ServeRequest(line, version)));
    percent = 100;
    details("Asking version " + version);
    List<SmokeAnswer> answers =
        Attempts.of(
            () ->
                serving("Ask version " + version)
                    .smoke(new SmokeRequest(endpoint, line, version, asked.smokePrompts())));
    if (previous != version) {
      undo.push(() -> moveBack(asked));
      AuditEntry entry =
          keepsLog
              ? log.entry(
                  asked.kind() == Kind.ROLLBACK ? Action.ROLLED_BACK : Action.PROMOTED,
                  previous,
                  version,
                  asked.requestedBy(),
                  asked.reason())
              : null;
      Attempts.of(
          () -> {
            control("Point champion at version " + version)
                .moveAlias(
                    new MoveAliasRequest(
                        line, version, previous, asked.requestedBy(), asked.reason(), entry));
            return true;
          });
      if (entry != null) {
        moved(asked);
        Bell.ring(ScheduleEvent.ofAlias(line, "champion", entry.name()));
      }
      HealthSettings watched = asked.health();
      if (watched != null && watched.watchMinutes() > 0 && previous != 0) {
        watch(asked, watched, endpoint, Phase.WATCHING, minutes(watched.watchMinutes()), 0);
      }
    }
    details("Version " + version + " serves");
    if (keepsLog) {
      finish();
    }
    return new PromotionResult(version, previous, endpoint, answers);
  }

  private void tryOut(PromotionRequest asked, CanarySettings canary) {
    String line = asked.modelLine();
    HealthSettings settings = asked.health() == null ? HealthSettings.USUAL : asked.health();
    undo.push(() -> endCanary(line));
    details("Version " + asked.version() + " answers " + canary.percent() + " % of the requests");
    URI endpoint =
        Attempts.of(
            () ->
                serving("Let version " + asked.version() + " answer " + canary.percent() + " %")
                    .serveCanary(new CanaryRequest(line, asked.version(), canary.percent())));
    percent = canary.percent();
    log.write(
        Action.CANARY_STARTED,
        previous,
        asked.version(),
        asked.requestedBy(),
        canary.percent() + " % of the requests");
    watch(asked, settings, endpoint, Phase.CANARY, minutes(canary.minutes()), canary.requests());
    Health seen = health;
    log.write(
        Action.CANARY_ENDED,
        previous,
        asked.version(),
        "health",
        seen == null ? "well" : "well after " + seen.requests() + " requests");
  }

  /** Returns when the time is over, or enough requests came; throws when the version must go. */
  private void watch(
      PromotionRequest asked,
      HealthSettings settings,
      URI endpoint,
      Phase during,
      Duration time,
      int enough) {
    HealthWatch watch = new HealthWatch(settings);
    phase = during;
    health = null;
    untilMillis = Workflow.currentTimeMillis() + time.toMillis();
    long pause = Math.max(settings.everySeconds() * 1000L, time.toMillis() / MOST_LOOKS);
    while (true) {
      Health now =
          watch.look(
              sample(asked, endpoint, during == Phase.CANARY),
              asked.smokePrompts().size(),
              Workflow.currentTimeMillis());
      health = now;
      if (!now.complaints().isEmpty()) {
        throw badHealth(String.join("; ", now.complaints()));
      }
      if (enough > 0 && now.requests() >= enough) {
        break;
      }
      long left = untilMillis - Workflow.currentTimeMillis();
      if (left <= 0) {
        break;
      }
      Workflow.await(Duration.ofMillis(Math.min(left, pause)), () -> goBack != null);
      GoBack back = goBack;
      if (back != null) {
        throw ApplicationFailure.newNonRetryableFailure(
            back.by() + " asked to go back" + (back.reason().isBlank() ? "" : ": " + back.reason()),
            ErrorCategory.USER.name());
      }
    }
    untilMillis = 0;
  }

  private HealthSample sample(PromotionRequest asked, URI endpoint, boolean canary) {
    try {
      return Attempts.of(
          () ->
              Workflow.newActivityStub(
                      DeploymentActivities.class,
                      ActivityProfiles.watching("Look at version " + asked.version()))
                  .health(
                      new HealthRequest(
                          endpoint,
                          asked.modelLine(),
                          asked.version(),
                          canary,
                          previous,
                          asked.smokePrompts())));
    } catch (ActivityFailure e) {
      if (Failures.isCancellation(e)) {
        throw e;
      }
      return new HealthSample(
          Traffic.NONE, Traffic.NONE, List.of("it cannot be looked at: " + Failures.reason(e)));
    }
  }

  private static ApplicationFailure badHealth(String why) {
    return ApplicationFailure.newNonRetryableFailure(
        "its health is bad: " + why, ErrorCategory.EXTERNAL.name());
  }

  /** Undoes what was done, notes it and gives the failure with which the promotion ends. */
  private TemporalFailure goneBack(PromotionRequest asked, TemporalFailure e) {
    Phase failedIn = phase;
    phase = Phase.GOING_BACK;
    boolean wasMoved = failedIn == Phase.WATCHING;
    GoBack back = goBack;
    String by = back != null ? back.by() : failedIn == Phase.SERVING ? "promotion" : "health";
    Workflow.newDetachedCancellationScope(
            () -> {
              undoAll();
              if (keepsLog && !wasMoved) {
                log.write(Action.FAILED, previous, asked.version(), by, Failures.reason(e));
              }
            })
        .run();
    percent = 0;
    String outcome =
        "Version "
            + asked.version()
            + " of "
            + asked.modelLine()
            + (wasMoved ? " was taken back: " : " was not promoted: ")
            + Failures.reason(e)
            + (previous == 0
                ? ". There is no earlier version to go back to."
                : ". Version " + previous + " serves again.");
    details(outcome);
    if (keepsLog) {
      News.send(
          Notification.Event.ROLLED_BACK,
          "Version " + asked.version() + " of " + asked.modelLine() + " went back",
          outcome,
          about(asked));
      finish();
    }
    if (Failures.isCancellation(e)) {
      return new CanceledFailure(outcome);
    }
    return ApplicationFailure.newBuilder()
        .setMessage(outcome)
        .setType(Failures.category(e).orElse(ErrorCategory.INTERNAL).name())
        .setNonRetryable(true)
        .setCause(e)
        .build();
  }

  private void moved(PromotionRequest asked) {
    boolean back = asked.kind() == Kind.ROLLBACK;
    News.send(
        back ? Notification.Event.ROLLED_BACK : Notification.Event.PROMOTED,
        "Version "
            + asked.version()
            + " of "
            + asked.modelLine()
            + (back ? " serves again" : " serves"),
        asked.requestedBy()
            + (back ? " rolled back" : " promoted it")
            + (previous == 0 ? "" : "; before it was version " + previous)
            + (asked.reason().isBlank() ? "." : ": " + asked.reason()),
        about(asked));
  }

  private static Map<String, String> about(PromotionRequest asked) {
    String runId = asked.runId();
    Map<String, String> line =
        Map.of("modelLine", asked.modelLine(), "version", Integer.toString(asked.version()));
    return runId == null
        ? line
        : Map.of(
            "modelLine",
            asked.modelLine(),
            "version",
            Integer.toString(asked.version()),
            "run",
            runId);
  }

  private void undoAll() {
    while (!undo.isEmpty()) {
      undo.pop().run();
    }
  }

  private void serveAgain(String line, int version) {
    if (version != 0) {
      Attempts.of(
          () ->
              restoring("Serve version " + version + " again")
                  .serve(new ServeRequest(line, version)));
    }
  }

  private static void endCanary(String line) {
    Attempts.of(
        () -> {
          restoring("End the canary of " + line).endCanary(line);
          return true;
        });
  }

  /** The alias may have moved although the call failed. */
  private void moveBack(PromotionRequest asked) {
    String line = asked.modelLine();
    int champion = Attempts.of(() -> control("Look up the champion of " + line).champion(line));
    if (champion == asked.version() && previous != 0) {
      GoBack back = goBack;
      String by = back == null ? "health" : back.by();
      Health seen = health;
      String why =
          back != null
              ? back.reason()
              : seen != null && !seen.complaints().isEmpty()
                  ? String.join("; ", seen.complaints())
                  : "the promotion failed";
      AuditEntry entry =
          keepsLog ? log.entry(Action.ROLLED_BACK, asked.version(), previous, by, why) : null;
      Attempts.of(
          () -> {
            control("Point champion back at version " + previous)
                // 0: the version that failed must not become the one to roll back to.
                .moveAlias(
                    new MoveAliasRequest(
                        line, previous, 0, asked.requestedBy(), "the promotion failed", entry));
            return true;
          });
    }
  }

  /** Whoever asked to go back gets an answer before the workflow is gone. */
  private static void finish() {
    Workflow.await(Workflow::isEveryHandlerFinished);
  }

  private static Duration minutes(double minutes) {
    return Duration.ofMillis(Math.round(minutes * 60_000));
  }

  private static DeploymentActivities control(String summary) {
    return Workflow.newActivityStub(DeploymentActivities.class, ActivityProfiles.control(summary));
  }

  private static DeploymentActivities serving(String summary) {
    return Workflow.newActivityStub(DeploymentActivities.class, ActivityProfiles.serving(summary));
  }

  private static DeploymentActivities restoring(String summary) {
    return Workflow.newActivityStub(
        DeploymentActivities.class, ActivityProfiles.restoring(summary));
  }

  private static void details(String text) {
    Workflow.setCurrentDetails(text);
  }

  /** What a judge asks for where a person promotes. */
  private record LineEvidence(PromotionRequest asked) implements Judge.Evidence {
    @Override
    public ModelArtifact model(int version) {
      return Attempts.of(
              () ->
                  control("Look up version " + version)
                      .registered(new VersionRequest(asked.modelLine(), version)))
          .model();
    }

    @Override
    public Pairing pair(PairRequest pair) {
      EvaluationActivities evaluation =
          Workflow.newActivityStub(
              EvaluationActivities.class,
              ActivityProfiles.learningStep("Hold the version against the champion"));
      return Attempts.of(() -> evaluation.pair(pair));
    }
  }
}
