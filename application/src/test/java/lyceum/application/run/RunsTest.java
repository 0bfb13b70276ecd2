package lyceum.application.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityOptions;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.workflow.Async;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.temporal.TemporalConnection;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.contracts.Payloads;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.lifecycle.StageReport;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.pretraining.PretrainingActivities;
import lyceum.contracts.pretraining.PretrainingInput;
import lyceum.contracts.pretraining.PretrainingRequest;
import lyceum.contracts.pretraining.PretrainingWorkflow;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.core.recipe.Recipe;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Runs as seen through an in-process Temporal server, with a life of one stage whose training waits
 * until it is told to end.
 */
class RunsTest {
  private static final Recipe SMOKE =
      new RecipeReader(Path.of("").toAbsolutePath().getParent().resolve("recipes"))
          .read("smoke", List.of());

  private TestWorkflowEnvironment server;
  private Runs runs;
  private static volatile CountDownLatch mayEnd = new CountDownLatch(1);
  private static final AtomicInteger ASKED = new AtomicInteger();

  /** Stands in for the stage: one activity that heartbeats as training does. */
  public static final class OneStep implements PretrainingWorkflow {
    @Override
    public StageOutcome run(PretrainingRequest request) {
      PretrainingActivities training =
          Workflow.newActivityStub(
              PretrainingActivities.class,
              ActivityOptions.newBuilder()
                  .setTaskQueue(TaskQueues.LEARNING)
                  .setStartToCloseTimeout(Duration.ofMinutes(5))
                  .setHeartbeatTimeout(Duration.ofMinutes(5))
                  .setRetryOptions(
                      RetryOptions.newBuilder().setInitialInterval(Duration.ofMillis(1)).build())
                  .build());
      training.measureBaselines(null);
      return new StageOutcome(false, "key", "tracking", "made", "{}");
    }

    @Override
    public void pauseStage(PauseRequest request) {}

    @Override
    public void resumeStage(PauseRequest request) {}
  }

  /** Fails at first, then heartbeats and waits. */
  public static final class Training implements PretrainingActivities {
    @Override
    public TrainedModel train(TrainRequest request) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Score> measureBaselines(PretrainingInput input) {
      if (Activity.getExecutionContext().getInfo().getAttempt() == 1) {
        throw ApplicationFailure.newFailure("out of memory", "RESOURCE");
      }
      Activity.getExecutionContext().heartbeat(new StageProgress("base", 20, 60, 4.5, 1000, 10));
      try {
        mayEnd.await(60, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return List.of();
    }
  }

  /** Stands in for the life: pretraining alone. */
  public static final class OneStage implements LifecycleWorkflow {
    private boolean paused;
    private StageState state = StageState.RUNNING;

    @Override
    public LifecycleResult run(LifecycleRequest request) {
      PretrainingWorkflow child =
          Workflow.newChildWorkflowStub(
              PretrainingWorkflow.class,
              ChildWorkflowOptions.newBuilder()
                  .setWorkflowId(
                      LifecycleWorkflow.stageWorkflowId(request.runId(), Stage.PRETRAINING))
                  .build());
      Async.function(child::run, new PretrainingRequest(null, null)).get();
      state = StageState.DONE;
      throw ApplicationFailure.newNonRetryableFailure(
          "The finetuning stage failed: there is none", "USER");
    }

    @Override
    public LifecycleStatus status() {
      ASKED.incrementAndGet();
      List<StageStatus> stages = new ArrayList<>();
      for (Stage stage : Stage.values()) {
        stages.add(
            new StageStatus(
                stage, stage == Stage.PRETRAINING ? state : StageState.PENDING, 1, 0, ""));
      }
      return new LifecycleStatus(
          "run", "smoke", "lyceum-smoke", "ada", paused, "tracking-run", stages);
    }

    @Override
    public void report(StageReport report) {}

    @Override
    public void pause(PauseRequest request) {
      paused = true;
    }

    @Override
    public void validatePause(PauseRequest request) {
      if (paused) {
        throw LyceumException.user("The run is paused already.");
      }
    }

    @Override
    public void resume(PauseRequest request) {
      paused = false;
    }

    @Override
    public void validateResume(PauseRequest request) {}
  }

  @BeforeEach
  void start() {
    mayEnd = new CountDownLatch(1);
    TestEnvironmentOptions.Builder options =
        TestEnvironmentOptions.newBuilder()
            .setUseTimeskipping(false)
            .setWorkflowClientOptions(
                WorkflowClientOptions.newBuilder()
                    .setDataConverter(Payloads.dataConverter())
                    .build());
    SearchKeys.ALL.forEach(
        key ->
            options.registerSearchAttribute(
                key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
    server = TestWorkflowEnvironment.newInstance(options.build());
    Worker workflows = server.newWorker(TaskQueues.WORKFLOWS);
    workflows.registerWorkflowImplementationTypes(OneStage.class, OneStep.class);
    server.newWorker(TaskQueues.LEARNING).registerActivitiesImplementations(new Training());
    server.start();
    runs =
        new Runs(
            TemporalConnection.of(
                server.getWorkflowServiceStubs(), server.getWorkflowClient(), "in-process"));
  }

  @AfterEach
  void stop() {
    mayEnd.countDown();
    server.close();
  }

  @Test
  void view_showsTheRunningStep_fromItsHeartbeat_withAttemptAndFailure() {
    runs.start("run", SMOKE, false, "ada");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                runs.view("run").steps().values().stream()
                    .anyMatch(step -> step.progress() != null));

    RunView view = runs.view("run");
    StepView step = view.steps().get(Stage.PRETRAINING);
    assertThat(step.progress()).isEqualTo(new StageProgress("base", 20, 60, 4.5, 1000, 10));
    // The drill tells training steps from others by their names.
    assertThat(step.name()).isEqualTo("pretraining.MeasureBaselines");
    assertThat(step.attempt()).isEqualTo(2);
    assertThat(step.lastFailure()).contains("out of memory");
    assertThat(view.state()).isEqualTo(RunState.RUNNING);
    assertThat(view.trackingRunId()).isEqualTo("tracking-run");
    assertThat(view.recipe()).isEqualTo("smoke");
    assertThat(view.current())
        .hasValueSatisfying(stage -> assertThat(stage.stage()).isEqualTo(Stage.PRETRAINING));
  }

  @Test
  void pause_showsInTheView_andASecondOneIsRefused() {
    runs.start("run", SMOKE, false, "ada");
    runs.pause("run", "ada", "lunch");
    assertThat(runs.view("run").state()).isEqualTo(RunState.PAUSED);
    assertThatThrownBy(() -> runs.pause("run", "ada", ""))
        .isInstanceOfSatisfying(
            RequestFailure.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.REFUSED))
        .hasMessageContaining("paused already");
    runs.resume("run", "ada", "");
    assertThat(runs.view("run").state()).isEqualTo(RunState.RUNNING);
  }

  @Test
  void view_asksTheWorkflowAgain_onlyWhenItsHistoryHasGrown() {
    runs.start("run", SMOKE, false, "ada");
    // Its first events may still come.
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> asksFor(() -> runs.view("run")) == 0);
    assertThat(asksFor(() -> runs.view("run"))).isZero();
    runs.pause("run", "ada", "lunch");
    assertThat(asksFor(() -> assertThat(runs.view("run").state()).isEqualTo(RunState.PAUSED)))
        .isPositive();
  }

  private static int asksFor(Runnable view) {
    int before = ASKED.get();
    view.run();
    return ASKED.get() - before;
  }

  @Test
  void failedRun_saysWhy_andMayBeStartedAgainUnderItsId_aRunningOneNot() {
    runs.start("run", SMOKE, false, "ada");
    assertThatThrownBy(() -> runs.start("run", SMOKE, false, "ada"))
        .isInstanceOfSatisfying(
            RequestFailure.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.CONFLICT));
    assertThatThrownBy(() -> runs.outcome("run", Stage.FINETUNING))
        .isInstanceOfSatisfying(
            RequestFailure.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_FOUND));
    mayEnd.countDown();
    assertThat(runs.awaitEnd("run")).isEqualTo(RunState.FAILED);
    assertThat(runs.view("run").failure()).contains("The finetuning stage failed");
    assertThat(runs.outcome("run", Stage.PRETRAINING).key()).isEqualTo("key");
    assertThat(runs.events("run", Stage.PRETRAINING))
        .extracting(RunEvent::what)
        .contains("stage begins", "stage done");
    assertThat(runs.start("run", SMOKE, false, "ada")).isEqualTo("run");
  }

  @Test
  void unknownRun_isNotFound() {
    assertThatThrownBy(() -> runs.view("nobody"))
        .isInstanceOfSatisfying(
            RequestFailure.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_FOUND));
  }
}
