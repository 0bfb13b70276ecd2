package lyceum.workflows.stage;

import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Promise;
import io.temporal.workflow.SignalExternalWorkflowException;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import lyceum.contracts.Failures;
import lyceum.contracts.Payloads;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageContext;
import lyceum.contracts.lifecycle.StageControl;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.StageRecords;
import lyceum.contracts.lifecycle.StageReport;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.TrainingRun;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.core.Stage;
import org.jspecify.annotations.Nullable;

/**
 * What happens around the steps of every stage: open it, reuse its result or run its steps, close
 * it or fail it; and how a step is started, paused, resumed and retried. A stage's workflow
 * contains only its own steps.
 *
 * <p>A pause cancels the steps that run, waits until they ended (a training step leaves a
 * checkpoint), and starts them again when the stage is resumed; a training step then goes on from
 * its newest checkpoint.
 */
public abstract class StageScript implements StageControl {
  private final Stage stage;

  /** Scopes of the steps that run now and may be paused. */
  private final List<CancellationScope> running = new ArrayList<>();

  private final WorkflowLock reporting = Workflow.newWorkflowLock();
  private @Nullable PauseRequest pause;
  private @Nullable String waitingFor;
  private StageReport lastReport;
  private @Nullable StageContext context;
  private StageRecords.@Nullable StageOpening opening;

  protected StageScript(Stage stage) {
    this.stage = stage;
    // The life knows that the stage it starts is running.
    this.lastReport = new StageReport(stage, StageState.RUNNING, "");
  }

  /** A stage's own steps. */
  protected interface Steps<R> {
    R run();
  }

  /** The figures of a result that its tracking run shows and gates may ask for. */
  protected interface ScoresOf<R> {
    List<Score> in(R result);
  }

  /** Open, reuse or run, close or fail. */
  protected final <R> StageOutcome stage(
      StageContext context, Record input, Class<R> resultType, Steps<R> steps, ScoresOf<R> scores) {
    this.context = context;
    String inputJson = Payloads.toJson(input);
    try {
      StageRecords.StageOpening opened =
          records(
              "Open " + stage.noun(),
              r -> r.open(new StageRecords.OpenStage(context, stage, inputJson)));
      opening = opened;
      Workflow.getLogger(StageScript.class).info("{}: {}", stage.noun(), opened.note());
      String onHand = opened.reusedResultJson();
      if (onHand != null) {
        finish(StageState.REUSED, opened.note());
        return outcome(true, opened, onHand);
      }
      R result = steps.run();
      String resultJson = Payloads.toJson(result);
      records(
          "Close " + stage.noun(),
          r -> {
            r.close(
                new StageRecords.CloseStage(
                    context,
                    stage,
                    opened.key(),
                    opened.trackingRunId(),
                    inputJson,
                    resultJson,
                    scores.in(result)));
            return true;
          });
      finish(StageState.DONE, opened.note());
      return outcome(false, opened, resultJson);
    } catch (TemporalFailure | LyceumException e) {
      throw failed(e);
    }
  }

  private static StageOutcome outcome(
      boolean reused, StageRecords.StageOpening opened, String resultJson) {
    return new StageOutcome(
        reused, opened.key(), opened.trackingRunId(), opened.note(), resultJson);
  }

  /** Where a training step of this stage belongs. */
  protected final TrainingRun trainingRun(String phase) {
    return new TrainingRun(context(), stage, opening().key(), phase, opening().trackingRunId());
  }

  protected final StageContext context() {
    if (context == null) {
      throw LyceumException.internal("The " + stage.noun() + " stage has not begun.");
    }
    return context;
  }

  /** Whether {@link #context} is known yet; a query may come before it is. */
  protected final boolean isStarted() {
    return context != null;
  }

  /** The stage's key and tracking run, from the moment it is open. */
  protected final StageRecords.StageOpening opening() {
    if (opening == null) {
      throw LyceumException.internal("The " + stage.noun() + " stage is not open.");
    }
    return opening;
  }

  /** A step on a data worker; pausable. */
  protected final <A, T> T dataStep(
      Class<A> activities, String summary, Functions.Func1<A, T> call) {
    return pausable(activities, ActivityProfiles.dataStep(summary), call);
  }

  /** A step on a learning worker; pausable. */
  protected final <A, T> T learningStep(
      Class<A> activities, String summary, Functions.Func1<A, T> call) {
    return pausable(activities, ActivityProfiles.learningStep(summary), call);
  }

  /** A short call to a server; not paused, since it ends by itself before long. */
  protected final <A, T> T controlStep(
      Class<A> activities, String summary, Functions.Func1<A, T> call) {
    return Attempts.of(
        () -> call.apply(Workflow.newActivityStub(activities, ActivityProfiles.control(summary))));
  }

  /**
   * Runs the steps side by side and returns their results in the order given. When one fails, the
   * others are cancelled, waited for, and the first failure is thrown.
   */
  protected final <T> List<T> inParallel(List<Functions.Func<T>> steps) {
    List<Promise<T>> results = new ArrayList<>();
    CancellationScope together =
        Workflow.newCancellationScope(
            () -> steps.forEach(step -> results.add(Async.function(step))));
    together.run();
    // A cancelled stage still waits: its steps see the cancellation themselves and end when they
    // have put things in order.
    Functions.Func<Boolean> allEnded = () -> results.stream().allMatch(Promise::isCompleted);
    Functions.Func<Boolean> oneFailed =
        () -> results.stream().anyMatch(r -> r.isCompleted() && r.getFailure() != null);
    uncancelled(() -> Workflow.await(() -> allEnded.apply() || oneFailed.apply()));
    if (oneFailed.apply()) {
      List<RuntimeException> first =
          results.stream()
              .filter(Promise::isCompleted)
              .map(Promise::getFailure)
              .filter(Objects::nonNull)
              .toList();
      together.cancel("another step of the stage failed");
      uncancelled(() -> Workflow.await(allEnded::apply));
      throw first.getFirst();
    }
    return results.stream().map(Promise::get).toList();
  }

  /**
   * Waits until people have done their part.
   *
   * @param what they are waited for, as a note in the run's status
   * @return whether they did before {@code deadline} was over
   */
  protected final boolean waitForPeople(
      String what, Duration deadline, Functions.Func<Boolean> done) {
    waitingFor = what;
    report();
    try {
      return Workflow.await(deadline, done::apply);
    } finally {
      waitingFor = null;
      report();
    }
  }

  /** Returns at once, or when the stage is resumed. */
  protected final void awaitNotPaused() {
    if (pause != null) {
      report();
      Workflow.await(() -> pause == null);
    }
  }

  @Override
  public void pauseStage(PauseRequest request) {
    pause = request;
    running.forEach(scope -> scope.cancel("paused by " + request.requestedBy()));
    report();
  }

  @Override
  public void resumeStage(PauseRequest request) {
    pause = null;
    report();
  }

  private <A, T> T pausable(
      Class<A> activities, ActivityOptions options, Functions.Func1<A, T> call) {
    A stub = Workflow.newActivityStub(activities, options);
    return Attempts.of(() -> untilNotPaused(() -> call.apply(stub)));
  }

  private <T> T untilNotPaused(Functions.Func<T> step) {
    while (true) {
      awaitNotPaused();
      List<T> result = new ArrayList<>(1);
      CancellationScope scope = Workflow.newCancellationScope(() -> result.add(step.apply()));
      running.add(scope);
      try {
        scope.run();
        return result.getFirst();
      } catch (ActivityFailure | CanceledFailure e) {
        boolean paused =
            Failures.isCancellation(e)
                && scope.isCancelRequested()
                && !CancellationScope.current().isCancelRequested();
        if (!paused) {
          throw e;
        }
      } finally {
        running.remove(scope);
      }
    }
  }

  private <T> T records(String summary, Functions.Func1<StageRecords, T> call) {
    return controlStep(StageRecords.class, summary, call);
  }

  /** Closes the tracking run and gives the failure that the life shows. */
  private TemporalFailure failed(RuntimeException e) {
    boolean cancelled =
        CancellationScope.current().isCancelRequested() && Failures.isCancellation(e);
    String reason = Failures.reason(e);
    uncancelled(
        () -> {
          if (opening != null) {
            try {
              records(
                  "Fail " + stage.noun(),
                  r -> {
                    r.fail(
                        new StageRecords.FailStage(
                            context(), stage, opening().trackingRunId(), reason, cancelled));
                    return true;
                  });
            } catch (ActivityFailure unrecorded) {
              // The stage's own failure is what people must see; the record of it comes second.
              Workflow.getLogger(StageScript.class)
                  .error("The failure was not recorded", unrecorded);
            }
          }
          finish(cancelled ? StageState.CANCELLED : StageState.FAILED, reason);
        });
    if (cancelled) {
      return new CanceledFailure("The " + stage.noun() + " stage was cancelled");
    }
    if (e instanceof ApplicationFailure already) {
      return already;
    }
    return ApplicationFailure.newBuilder()
        .setMessage(reason)
        .setType(Failures.category(e).orElse(ErrorCategory.INTERNAL).name())
        .setNonRetryable(true)
        .setCause(e)
        .build();
  }

  private void finish(StageState state, String note) {
    // A pause that came too late must not leave its own state behind.
    Workflow.await(Workflow::isEveryHandlerFinished);
    Workflow.upsertTypedSearchAttributes(SearchKeys.STATUS.valueSet(state.name()));
    Workflow.setCurrentDetails("**" + state + "** " + note);
  }

  private StageReport state() {
    PauseRequest asked = pause;
    if (asked != null) {
      String note =
          "paused by "
              + asked.requestedBy()
              + (asked.reason().isBlank() ? "" : ": " + asked.reason());
      return running.isEmpty()
          ? new StageReport(stage, StageState.PAUSED, note)
          : new StageReport(stage, StageState.RUNNING, "stopping at a checkpoint, " + note);
    }
    String waiting = waitingFor;
    return waiting == null
        ? new StageReport(stage, StageState.RUNNING, "")
        : new StageReport(stage, StageState.WAITING, waiting);
  }

  /**
   * Tells the life and the lists of workflows where the stage stands; one report at a time, each of
   * the newest state.
   */
  private void report() {
    uncancelled(
        () -> {
          reporting.lock();
          try {
            StageReport now = state();
            if (now.equals(lastReport)) {
              return;
            }
            lastReport = now;
            Workflow.upsertTypedSearchAttributes(SearchKeys.STATUS.valueSet(now.state().name()));
            Workflow.setCurrentDetails("**" + now.state() + "** " + now.note());
            Workflow.getInfo().getParentWorkflowId().ifPresent(life -> tell(life, now));
          } finally {
            reporting.unlock();
          }
        });
  }

  /** Runs to its end even when the stage is cancelled meanwhile. */
  private static void uncancelled(Runnable work) {
    Workflow.newDetachedCancellationScope(work).run();
  }

  private static void tell(String lifeId, StageReport report) {
    try {
      Workflow.newExternalWorkflowStub(LifecycleWorkflow.class, lifeId).report(report);
    } catch (SignalExternalWorkflowException gone) {
      // A stage outlives a terminated life by a moment; there is no one left to tell.
      Workflow.getLogger(StageScript.class)
          .warn("The life {} could not be told {}", lifeId, report.state());
    }
  }
}
