package lyceum.workflows.testing;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import lyceum.contracts.Payloads;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.alignment.AlignmentWorkflow;
import lyceum.contracts.deployment.DeploymentWorkflow;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.Stage;
import lyceum.core.recipe.Recipe;
import lyceum.workflows.Workflows;
import org.awaitility.Awaitility;

/** The workflows on an in-process server that skips time, with fake activities on all queues. */
public final class TestLife implements AutoCloseable {
  /** For workers of tests. */
  public static final WorkerOptions WORKERS =
      WorkerOptions.newBuilder()
          .setMaxHeartbeatThrottleInterval(Duration.ofMillis(100))
          // The default of one second trips where other builds share the machine.
          .setDefaultDeadlockDetectionTimeout(10_000)
          .build();

  public final Calls calls = new Calls();
  public final Training training = new Training(calls);
  public final FakeCorpusActivities corpus = new FakeCorpusActivities(calls);
  public final FakeDeploymentActivities deployment = new FakeDeploymentActivities(calls);
  public final FakeCurationActivities curation = new FakeCurationActivities(calls);
  public final FakeEvaluationActivities evaluation = new FakeEvaluationActivities(calls);
  public final FakeNotificationActivities notification = new FakeNotificationActivities(calls);
  private final TestWorkflowEnvironment environment;

  public TestLife() {
    TestEnvironmentOptions.Builder options =
        TestEnvironmentOptions.newBuilder()
            .setWorkflowClientOptions(
                WorkflowClientOptions.newBuilder()
                    .setDataConverter(Payloads.dataConverter())
                    .build());
    SearchKeys.ALL.forEach(
        key -> options.registerSearchAttribute(key.getName(), key.getValueType()));
    environment = TestWorkflowEnvironment.newInstance(options.build());
    Workflows.register(environment.newWorker(TaskQueues.WORKFLOWS, WORKERS));
    environment
        .newWorker(TaskQueues.CONTROL, WORKERS)
        .registerActivitiesImplementations(
            new FakeStageRecords(calls),
            deployment,
            notification,
            new FakeScheduleActivities(calls));
    environment
        .newWorker(TaskQueues.DATA, WORKERS)
        .registerActivitiesImplementations(corpus, new FakeTokenizerActivities(calls), curation);
    Worker learning = environment.newWorker(TaskQueues.LEARNING, WORKERS);
    learning.registerActivitiesImplementations(
        new FakePretrainingActivities(calls, training),
        new FakeFinetuningActivities(calls, training),
        new FakeAlignmentActivities(calls, training),
        evaluation,
        new FakeDistillationActivities(training));
    environment.start();
  }

  public WorkflowClient client() {
    return environment.getWorkflowClient();
  }

  public TestWorkflowEnvironment environment() {
    return environment;
  }

  public WorkflowStub start(LifecycleRequest request) {
    LifecycleWorkflow life =
        client()
            .newWorkflowStub(
                LifecycleWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .setWorkflowId(request.runId())
                    .build());
    WorkflowClient.start(life::run, request);
    return WorkflowStub.fromTyped(life);
  }

  public LifecycleResult run(String runId, Recipe recipe) {
    return start(Examples.request(runId, recipe)).getResult(LifecycleResult.class);
  }

  /** The result of a stage that has ended. */
  public <R> R result(String runId, Stage stage, Class<R> type) {
    return client()
        .newUntypedWorkflowStub(LifecycleWorkflow.stageWorkflowId(runId, stage))
        .getResult(StageOutcome.class)
        .result(type);
  }

  public LifecycleWorkflow life(String runId) {
    return client().newWorkflowStub(LifecycleWorkflow.class, runId);
  }

  public AlignmentWorkflow alignment(String runId) {
    return client()
        .newWorkflowStub(
            AlignmentWorkflow.class, LifecycleWorkflow.stageWorkflowId(runId, Stage.ALIGNMENT));
  }

  public DeploymentWorkflow deploymentOf(String runId) {
    return client()
        .newWorkflowStub(
            DeploymentWorkflow.class, LifecycleWorkflow.stageWorkflowId(runId, Stage.DEPLOYMENT));
  }

  public StageStatus status(String runId, Stage stage) {
    return life(runId).status().stages().get(stage.ordinal());
  }

  public void awaitState(String runId, Stage stage, StageState state) {
    Awaitility.await(stage.noun() + " becomes " + state)
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions()
        .until(() -> status(runId, stage).state() == state);
  }

  @Override
  public void close() {
    training.release();
    environment.close();
  }
}
