package lyceum.workflows.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.client.WorkflowClientOptions;
import io.temporal.common.WorkflowExecutionHistory;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.worker.Worker;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.Payloads;
import lyceum.contracts.corpus.CorpusActivities;
import lyceum.contracts.corpus.CorpusRequest;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.contracts.corpus.CorpusWorkflow;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.core.Stage;
import lyceum.workflows.Workflows;
import lyceum.workflows.stage.StageScript;
import lyceum.workflows.testing.Histories;
import lyceum.workflows.testing.TestLife;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lives that began under an earlier version of the code go on under today's. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReplayTest {
  static List<Named> histories() throws Exception {
    return Histories.read(folder()).stream().map(Named::new).toList();
  }

  /** Shows the file's name in the report. */
  record Named(WorkflowExecutionHistory history) {
    @Override
    public String toString() {
      return history.getWorkflowExecution().getWorkflowId();
    }
  }

  @ParameterizedTest
  @MethodSource("histories")
  void recordedHistory_replaysOnTodaysCode(Named named) throws Exception {
    replay(named.history(), Workflows::register);
  }

  @Test
  void histories_coverEveryWorkflow() throws Exception {
    assertThat(histories())
        .extracting(
            named ->
                named
                    .history()
                    .getEvents()
                    .getFirst()
                    .getWorkflowExecutionStartedEventAttributes()
                    .getWorkflowType()
                    .getName())
        .contains(
            "LifecycleWorkflow",
            "CorpusWorkflow",
            "TokenizerWorkflow",
            "PretrainingWorkflow",
            "FinetuningWorkflow",
            "AlignmentWorkflow",
            "EvaluationWorkflow",
            "DistillationWorkflow",
            "DeploymentWorkflow",
            "PromotionWorkflow");
  }

  @Test
  void changedWorkflow_isCaught() throws Exception {
    WorkflowExecutionHistory corpus =
        histories().stream()
            .map(Named::history)
            .filter(h -> h.getWorkflowExecution().getWorkflowId().contains("-corpus"))
            .findFirst()
            .orElseThrow();

    Throwable caught = null;
    try {
      replay(
          corpus,
          worker -> worker.registerWorkflowImplementationTypes(CorpusWithoutCleaning.class));
    } catch (Throwable e) {
      caught = e;
    }

    assertThat(caught).hasStackTraceContaining("NonDeterministic");
  }

  /** The corpus workflow with one of its steps taken out. */
  public static final class CorpusWithoutCleaning extends StageScript implements CorpusWorkflow {
    public CorpusWithoutCleaning() {
      super(Stage.CORPUS);
    }

    @Override
    public StageOutcome run(CorpusRequest request) {
      return stage(
          request.context(),
          request.input(),
          CorpusResult.class,
          () ->
              dataStep(
                  CorpusActivities.class,
                  "Join",
                  a ->
                      a.assemble(
                          new CorpusActivities.AssembleRequest(
                              List.of(), request.input().settings().validationFraction()))),
          result -> List.of());
    }
  }

  private interface Registration {
    void on(Worker worker);
  }

  private static void replay(WorkflowExecutionHistory history, Registration registration)
      throws Exception {
    try (TestWorkflowEnvironment environment =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkflowClientOptions(
                    WorkflowClientOptions.newBuilder()
                        .setDataConverter(Payloads.dataConverter())
                        .build())
                .build())) {
      Worker worker = environment.newWorker("replay", TestLife.WORKERS);
      registration.on(worker);
      WorkflowReplayer.replayWorkflowExecution(history, worker);
    }
  }

  private static Path folder() throws URISyntaxException {
    return Path.of(Objects.requireNonNull(ReplayTest.class.getResource("/histories")).toURI());
  }
}
