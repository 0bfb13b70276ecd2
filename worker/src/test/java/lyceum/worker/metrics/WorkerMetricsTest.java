package lyceum.worker.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.common.RetryOptions;
import io.temporal.common.interceptors.WorkerInterceptor;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.lifecycle.StageProgress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerMetricsTest {
  private static final Clock CLOCK = Clock.fixed(Instant.ofEpochSecond(1_000), ZoneOffset.UTC);

  @TempDir Path home;

  @Test
  void page_countsAttemptsByOutcome_andFollowsTheOneThatRuns() throws Exception {
    WorkerMetrics metrics = new WorkerMetrics(home, CLOCK);
    String page = "http://127.0.0.1:" + metrics.listen("127.0.0.1:0") + "/metrics";
    FailsOnce training = new FailsOnce(page);
    TestWorkflowEnvironment environment =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkerFactoryOptions(
                    WorkerFactoryOptions.newBuilder()
                        .setWorkerInterceptors(new WorkerInterceptor[] {metrics.activities()})
                        .build())
                .setWorkflowServiceStubsOptions(
                    WorkflowServiceStubsOptions.newBuilder()
                        .setMetricsScope(metrics.scope())
                        .build())
                .build());
    Worker worker = environment.newWorker(TaskQueues.LEARNING);
    worker.registerWorkflowImplementationTypes(TrainsImpl.class);
    worker.registerActivitiesImplementations(training);
    environment.start();
    environment
        .getWorkflowClient()
        .newWorkflowStub(
            Trains.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.LEARNING)
                .setWorkflowId("a-run-pretraining")
                .build())
        .run();
    environment.close();

    assertThat(training.seen)
        .contains("lyceum_training_step{activity=\"pretraining.Train\",run=\"a-run\"")
        .containsPattern("lyceum_training_step\\{.*} 7\\.0")
        .containsPattern("lyceum_training_loss\\{.*} 2\\.5")
        .containsPattern("lyceum_activity_attempt\\{.*} 2\\.0")
        .containsPattern("lyceum_activity_last_heartbeat_timestamp_seconds\\{.*} 1000\\.0");
    String after = get(page);
    assertThat(after)
        .contains(
            "lyceum_activity_attempts_total{activity=\"pretraining.Train\",attempt=\"first\",outcome=\"failed\",stage=\"pretraining\"} 1.0")
        .contains(
            "lyceum_activity_attempts_total{activity=\"pretraining.Train\",attempt=\"again\",outcome=\"done\",stage=\"pretraining\"} 1.0")
        .contains("lyceum_activity_seconds_total{activity=\"pretraining.Train\",outcome=\"failed\"")
        .contains("lyceum_activity_cpu_seconds_total{")
        .contains("disk_free_bytes", "process_cpu_usage", "jvm_memory_used_bytes")
        .doesNotContain("lyceum_training_step{");
    metrics.close();
  }

  private static String get(String page) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(page)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** One training. */
  @WorkflowInterface
  public interface Trains {
    @WorkflowMethod
    void run();
  }

  /** Trains. */
  @ActivityInterface(namePrefix = "pretraining.")
  public interface Training {
    void train();
  }

  /** See {@link Trains}. */
  public static final class TrainsImpl implements Trains {
    private final Training training =
        Workflow.newActivityStub(
            Training.class,
            ActivityOptions.newBuilder()
                .setStartToCloseTimeout(Duration.ofMinutes(5))
                .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(2).build())
                .build());

    @Override
    public void run() {
      training.train();
    }
  }

  /** Fails at first, then tells how far it is and reads the page while it runs. */
  public static final class FailsOnce implements Training {
    private final String page;
    private volatile String seen = "";

    FailsOnce(String page) {
      this.page = page;
    }

    @Override
    public void train() {
      if (Activity.getExecutionContext().getInfo().getAttempt() == 1) {
        throw new IllegalStateException("the device fell off");
      }
      Activity.getExecutionContext().heartbeat(new StageProgress("train", 7, 10, 2.5, 100, 5));
      try {
        seen = get(page);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
