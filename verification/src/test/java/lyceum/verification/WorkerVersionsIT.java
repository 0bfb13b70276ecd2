package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.api.enums.v1.EventType;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.WorkerFactory;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lyceum.contracts.Payloads;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.notification.Delivery;
import lyceum.contracts.notification.NotificationActivities;
import lyceum.core.Notification;
import lyceum.worker.Main;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs pinned to the build that began them, with two builds of the worker on a real Temporal. */
class WorkerVersionsIT {
  private static final Duration ASKING = Duration.ofMinutes(2);
  private static final String NAMESPACE = "lyceum";

  private final int port = ServerProcess.freePort();
  private final CompletableFuture<Void> receiver = new CompletableFuture<>();
  @TempDir private Path folder;

  /** Answers once the receiver does, whichever build's workflow asks. */
  private final class Slow implements NotificationActivities {
    @Override
    public List<String> targets() {
      return List.of();
    }

    @Override
    public void deliver(Delivery delivery) {
      receiver.join();
    }
  }

  @Test
  void run_endsOnTheBuildThatBeganIt_whileNewRunsGoToTheNewOne() throws Exception {
    String temporal = BuiltTools.program("LYCEUM_TEMPORAL", "temporal");
    try (ServerProcess server = temporal(temporal)) {
      WorkflowServiceStubs service =
          WorkflowServiceStubs.newServiceStubs(
              WorkflowServiceStubsOptions.newBuilder().setTarget("127.0.0.1:" + port).build());
      WorkflowClient client =
          WorkflowClient.newInstance(
              service,
              WorkflowClientOptions.newBuilder()
                  .setNamespace(NAMESPACE)
                  .setDataConverter(Payloads.dataConverter())
                  .build());
      WorkerFactory activities = WorkerFactory.newInstance(client);
      activities.newWorker(TaskQueues.CONTROL).registerActivitiesImplementations(new Slow());
      activities.start();
      try (ServerProcess old = worker("1");
          ServerProcess young = worker("2")) {
        makeCurrent(temporal, "1");
        WorkflowStub begunBefore = begin(client, "before");
        awaitEvent(client, begunBefore, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED);

        makeCurrent(temporal, "2");
        WorkflowStub begunAfter = begin(client, "after");
        awaitEvent(client, begunAfter, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED);
        receiver.complete(null);

        begunBefore.getResult(ASKING.toSeconds(), TimeUnit.SECONDS, Void.class);
        begunAfter.getResult(ASKING.toSeconds(), TimeUnit.SECONDS, Void.class);
        assertThat(builds(client, begunBefore)).containsExactly("1");
        assertThat(builds(client, begunAfter)).containsExactly("2");
        // What says that the old worker may go: its runs have ended.
        Awaitility.await()
            .atMost(ASKING)
            .pollInterval(Duration.ofSeconds(2))
            .untilAsserted(
                () ->
                    assertThat(deployment(temporal, "describe-version", "--build-id", "1"))
                        .containsPattern("(?i)drain(ing|ed)"));
      } finally {
        activities.shutdownNow();
        activities.awaitTermination(10, TimeUnit.SECONDS);
        service.shutdownNow();
      }
    }
  }

  private ServerProcess temporal(String program) {
    return ServerProcess.start(
        "temporal",
        folder,
        Map.of(),
        () ->
            Installation.execute(
                        ASKING,
                        List.of(program, "operator", "cluster", "health", "--address", address()),
                        Map.of())
                    .exitCode()
                == 0,
        List.of(
            program,
            "server",
            "start-dev",
            "--headless",
            "--ip",
            "127.0.0.1",
            "--port",
            Integer.toString(port),
            "--http-port",
            Integer.toString(ServerProcess.freePort()),
            "--metrics-port",
            Integer.toString(ServerProcess.freePort()),
            "--namespace",
            NAMESPACE,
            "--log-level",
            "error"));
  }

  /** The worker's own program, for workflow code alone. */
  private ServerProcess worker(String buildId) {
    int metrics = ServerProcess.freePort();
    Map<String, String> environment = new TreeMap<>();
    environment.put("LYCEUM_HOME", folder.resolve("home-" + buildId).toString());
    environment.put("LYCEUM_TEMPORAL_ADDRESS", address());
    environment.put("LYCEUM_METRICS_LISTEN", "127.0.0.1:" + metrics);
    environment.put("LYCEUM_STORAGE_ACCESS_KEY", "not-asked");
    environment.put("LYCEUM_STORAGE_SECRET_KEY", "not-asked");
    environment.put("LYCEUM_WORKER_BUILD_ID", buildId);
    return ServerProcess.start(
        "worker-" + buildId,
        folder,
        environment,
        () -> ServerProcess.listens(metrics),
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-Xmx256m",
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            absoluteClassPath(),
            Main.class.getName(),
            "--queues",
            "WORKFLOWS"));
  }

  private static String absoluteClassPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private String address() {
    return "127.0.0.1:" + port;
  }

  /** The server knows a build once its worker has asked for work. */
  private void makeCurrent(String temporal, String buildId) {
    Awaitility.await()
        .atMost(ASKING)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> deployment(temporal, "set-current-version", "--build-id", buildId, "--yes"));
  }

  private String deployment(String temporal, String command, String... arguments) {
    List<String> full =
        new ArrayList<>(
            List.of(
                temporal,
                "worker",
                "deployment",
                command,
                "--address",
                address(),
                "--namespace",
                NAMESPACE,
                "--deployment-name",
                "lyceum"));
    full.addAll(List.of(arguments));
    Installation.Outcome outcome = Installation.execute(ASKING, full, Map.of());
    assertThat(outcome.exitCode()).as(outcome.out() + outcome.err()).isZero();
    return outcome.out();
  }

  private static WorkflowStub begin(WorkflowClient client, String id) {
    WorkflowStub stub =
        client.newUntypedWorkflowStub(
            "NotificationWorkflow",
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.WORKFLOWS)
                .setWorkflowId(id)
                .build());
    stub.start(
        new Delivery(
            "log",
            new Notification(
                id, Notification.Event.PROMOTED, 0, "subject", "text", new TreeMap<>())));
    return stub;
  }

  private static void awaitEvent(WorkflowClient client, WorkflowStub run, EventType type) {
    Awaitility.await()
        .atMost(ASKING)
        .until(
            () ->
                client.fetchHistory(run.getExecution().getWorkflowId()).getEvents().stream()
                    .anyMatch(event -> event.getEventType() == type));
  }

  /** Of every workflow task that was completed. */
  private static Set<String> builds(WorkflowClient client, WorkflowStub run) {
    return client.fetchHistory(run.getExecution().getWorkflowId()).getEvents().stream()
        .filter(event -> event.getEventType() == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
        .map(
            event ->
                event.getWorkflowTaskCompletedEventAttributes().getDeploymentVersion().getBuildId())
        .collect(Collectors.toSet());
  }
}
