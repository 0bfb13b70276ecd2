package lyceum.workflows.lifecycle;

import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.common.SearchAttributes;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.ChildWorkflowCancellationType;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Promise;
import io.temporal.workflow.SignalExternalWorkflowException;
import io.temporal.workflow.Workflow;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.contracts.Failures;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageContext;
import lyceum.contracts.lifecycle.StageControl;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.StageRecords;
import lyceum.contracts.lifecycle.StageReport;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.Notification;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.workflows.notification.News;
import lyceum.workflows.stage.ActivityProfiles;
import lyceum.workflows.stage.Attempts;
import lyceum.workflows.stage.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Runs the stages of a life one after the other as child workflows, and knows where each stands.
 */
final class StageRail {
  private final Map<Stage, StageStatus> statuses = new EnumMap<>(Stage.class);
  private final SortedMap<String, String> keys = new TreeMap<>();
  private @Nullable LifecycleRequest request;
  private @Nullable StageControl current;
  private @Nullable PauseRequest pause;
  private String trackingRunId = "";

  StageRail() {
    for (Stage stage : Stage.values()) {
      statuses.put(stage, new StageStatus(stage, StageState.PENDING, 0, 0, ""));
    }
  }

  /** How a stage's child workflow is called. */
  interface Call<W> {
    StageOutcome run(W child, StageContext context);
  }

  /** Begins the life: what it can be looked up by, and its tracking run. */
  void open(LifecycleRequest request) {
    this.request = request;
    Workflow.upsertTypedSearchAttributes(
        SearchKeys.RECIPE.valueSet(request.recipe().name()),
        SearchKeys.MODEL_LINE.valueSet(request.recipe().modelLine()),
        SearchKeys.REQUESTED_BY.valueSet(request.requestedBy()),
        SearchKeys.STATUS.valueSet(StageState.RUNNING.name()));
    try {
      trackingRunId = records("Open the life", r -> r.openLife(request));
    } catch (ActivityFailure e) {
      throw ended(e);
    }
  }

  /** Runs one stage to its end and reads its result. */
  <W extends StageControl, R> R run(Stage stage, Class<W> type, Call<W> call, Class<R> resultType) {
    Workflow.await(() -> pause == null);
    set(stage, StageState.RUNNING, "");
    Workflow.upsertTypedSearchAttributes(SearchKeys.STAGE.valueSet(stage.noun()));
    W child = Workflow.newChildWorkflowStub(type, childOptions(stage));
    try {
      Promise<StageOutcome> outcome = Async.function(() -> call.run(child, context()));
      Workflow.getWorkflowExecution(child).get();
      current = child;
      PauseRequest asked = pause;
      if (asked != null) {
        tell(child, c -> c.pauseStage(asked));
      }
      StageOutcome ended = outcome.get();
      keys.put(stage.noun(), ended.key());
      set(stage, ended.reused() ? StageState.REUSED : StageState.DONE, ended.note());
      return ended.result(resultType);
    } catch (TemporalFailure e) {
      boolean cancelled =
          Failures.isCancellation(e) && CancellationScope.current().isCancelRequested();
      set(stage, cancelled ? StageState.CANCELLED : StageState.FAILED, Failures.reason(e));
      throw e;
    } finally {
      current = null;
    }
  }

  /** Ends the life's tracking run with the scores of the model that serves. */
  void close(LifecycleResult result, List<Score> scores) {
    closeLife(
        true,
        "version "
            + result.version()
            + " of "
            + result.modelLine()
            + " serves at "
            + result.endpoint(),
        scores);
    end(StageState.DONE);
  }

  /** Ends the tracking run and gives the failure with which the life ends. */
  TemporalFailure fail(TemporalFailure e) {
    boolean cancelled =
        Failures.isCancellation(e) && CancellationScope.current().isCancelRequested();
    TemporalFailure ended = cancelled ? new CanceledFailure("The life was cancelled") : ended(e);
    Workflow.newDetachedCancellationScope(
            () -> {
              if (!trackingRunId.isEmpty()) {
                try {
                  closeLife(false, Failures.reason(ended), List.of());
                } catch (ActivityFailure unrecorded) {
                  // The stage's failure is what people must see; the record of it comes second.
                  Workflow.getLogger(StageRail.class)
                      .error("The end of the life was not recorded", unrecorded);
                }
              }
              LifecycleRequest life = request;
              if (!cancelled
                  && life != null
                  && Workflow.getVersion("people are told", Workflow.DEFAULT_VERSION, 1) == 1) {
                News.send(
                    Notification.Event.RUN_FAILED,
                    "Run " + life.runId() + " failed",
                    Failures.reason(ended),
                    Map.of(
                        "run",
                        life.runId(),
                        "recipe",
                        life.recipe().name(),
                        "modelLine",
                        life.recipe().modelLine()));
              }
              end(cancelled ? StageState.CANCELLED : StageState.FAILED);
            })
        .run();
    return ended;
  }

  String trackingRunId() {
    return trackingRunId;
  }

  /** Keys of the stages that have ended well, by noun. */
  SortedMap<String, String> keys() {
    return keys;
  }

  LifecycleStatus status() {
    LifecycleRequest asked = request;
    return asked == null
        ? new LifecycleStatus("", "", "", "", false, "", List.copyOf(statuses.values()))
        : new LifecycleStatus(
            asked.runId(),
            asked.recipe().name(),
            asked.recipe().modelLine(),
            asked.requestedBy(),
            pause != null,
            trackingRunId,
            List.copyOf(statuses.values()));
  }

  void report(StageReport report) {
    StageState now = status(report.stage()).state();
    // A report may arrive after the stage's end.
    if (now == StageState.RUNNING || now == StageState.WAITING || now == StageState.PAUSED) {
      set(report.stage(), report.state(), report.note());
    }
  }

  void validatePause() {
    PauseRequest asked = pause;
    if (asked != null) {
      throw Refusal.because("The run is paused already, by " + asked.requestedBy() + ".");
    }
  }

  void pause(PauseRequest request) {
    pause = request;
    StageControl running = current;
    if (running != null) {
      tell(running, child -> child.pauseStage(request));
    } else {
      describe();
    }
  }

  void validateResume() {
    if (pause == null) {
      throw Refusal.because("The run is not paused.");
    }
  }

  void resume(PauseRequest request) {
    pause = null;
    StageControl running = current;
    if (running != null) {
      tell(running, child -> child.resumeStage(request));
    } else {
      describe();
    }
  }

  private static void tell(StageControl child, Functions.Proc1<StageControl> signal) {
    try {
      signal.apply(child);
    } catch (SignalExternalWorkflowException ended) {
      // The stage ended meanwhile; the life itself begins no other while it is paused.
      Workflow.getLogger(StageRail.class).info("The stage had ended before it could be told");
    }
  }

  private LifecycleRequest request() {
    LifecycleRequest asked = request;
    if (asked == null) {
      throw LyceumException.internal("The life has not begun.");
    }
    return asked;
  }

  private StageContext context() {
    LifecycleRequest life = request();
    return new StageContext(
        life.runId(),
        life.recipe().name(),
        life.recipe().modelLine(),
        life.requestedBy(),
        trackingRunId,
        life.fresh());
  }

  private ChildWorkflowOptions childOptions(Stage stage) {
    LifecycleRequest life = request();
    return ChildWorkflowOptions.newBuilder()
        .setWorkflowId(LifecycleWorkflow.stageWorkflowId(life.runId(), stage))
        // The same run may be started again after it failed.
        .setWorkflowIdReusePolicy(WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
        // A life that is terminated takes its stage with it, and the stage leaves its checkpoint.
        .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL)
        .setCancellationType(ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED)
        .setTypedSearchAttributes(
            SearchAttributes.newBuilder()
                .set(SearchKeys.RECIPE, life.recipe().name())
                .set(SearchKeys.STAGE, stage.noun())
                .set(SearchKeys.MODEL_LINE, life.recipe().modelLine())
                .set(SearchKeys.STATUS, StageState.RUNNING.name())
                .set(SearchKeys.REQUESTED_BY, life.requestedBy())
                .build())
        .setStaticSummary(life.recipe().name() + ": " + stage.summary())
        .build();
  }

  private StageStatus status(Stage stage) {
    return statuses.getOrDefault(stage, new StageStatus(stage, StageState.PENDING, 0, 0, ""));
  }

  private void set(Stage stage, StageState state, String note) {
    StageStatus before = status(stage);
    long now = Workflow.currentTimeMillis();
    boolean over =
        state != StageState.RUNNING && state != StageState.WAITING && state != StageState.PAUSED;
    statuses.put(
        stage,
        new StageStatus(
            stage,
            state,
            before.startedAtMillis() == 0 ? now : before.startedAtMillis(),
            over ? now : 0,
            note));
    describe();
  }

  /** Shows the stages, and what people have to do, in the list and on the page of the workflow. */
  private void describe() {
    StringBuilder text = new StringBuilder();
    StageState overall = StageState.RUNNING;
    for (StageStatus status : statuses.values()) {
      text.append("- ").append(status.stage().noun()).append(": ").append(status.state());
      text.append(status.note().isEmpty() ? "\n" : " (" + status.note() + ")\n");
      if (status.state() == StageState.WAITING || status.state() == StageState.PAUSED) {
        overall = status.state();
      }
    }
    if (pause != null && current == null) {
      overall = StageState.PAUSED;
    }
    Workflow.setCurrentDetails(text.toString());
    Workflow.upsertTypedSearchAttributes(SearchKeys.STATUS.valueSet(overall.name()));
  }

  private void end(StageState state) {
    // Whoever pauses or resumes gets an answer before the workflow is gone.
    Workflow.await(Workflow::isEveryHandlerFinished);
    Workflow.upsertTypedSearchAttributes(SearchKeys.STATUS.valueSet(state.name()));
  }

  private TemporalFailure ended(TemporalFailure e) {
    String where =
        statuses.values().stream()
            .filter(s -> s.state() == StageState.FAILED)
            .map(s -> "The " + s.stage().noun() + " stage failed: ")
            .findFirst()
            .orElse("The run failed: ");
    return ApplicationFailure.newBuilder()
        .setMessage(where + Failures.reason(e))
        .setType(Failures.category(e).orElse(ErrorCategory.INTERNAL).name())
        .setNonRetryable(true)
        .setCause(e)
        .build();
  }

  private void closeLife(boolean succeeded, String note, List<Score> scores) {
    long now = Workflow.currentTimeMillis();
    records(
        "Close the life",
        r -> {
          r.closeLife(new StageRecords.CloseLife(trackingRunId, succeeded, note, scores, now));
          return true;
        });
  }

  private static <T> T records(String summary, Functions.Func1<StageRecords, T> call) {
    StageRecords records =
        Workflow.newActivityStub(StageRecords.class, ActivityProfiles.control(summary));
    return Attempts.of(() -> call.apply(records));
  }
}
