package lyceum.airflow;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.Payloads;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.TaskQueues;

/** Temporal's development server of its own, and a worker whose lives last seconds. */
final class TemporalWithALife implements AutoCloseable {
  static final String NAMESPACE = "lyceum";

  final int port;
  final WorkflowClient client;
  private final Process server;
  private final WorkflowServiceStubs service;
  private final WorkerFactory workers;

  private TemporalWithALife(
      int port, Process server, WorkflowServiceStubs service, WorkflowClient client) {
    this.port = port;
    this.server = server;
    this.service = service;
    this.client = client;
    this.workers = WorkerFactory.newInstance(client);
    Worker worker = workers.newWorker(TaskQueues.WORKFLOWS);
    worker.registerWorkflowImplementationTypes(FakeLife.class, FakeLife.FakeDeployment.class);
    workers.start();
  }

  /** Skips the test where {@code LYCEUM_TEMPORAL} names no server. */
  static TemporalWithALife start(Path folder) throws IOException {
    String program = System.getenv("LYCEUM_TEMPORAL");
    assumeTrue(
        program != null, "LYCEUM_TEMPORAL names no temporal command; ./lyceum test finds one");
    int port = freePort();
    List<String> command =
        new ArrayList<>(
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
                Integer.toString(freePort()),
                "--metrics-port",
                Integer.toString(freePort()),
                "--namespace",
                NAMESPACE,
                "--log-level",
                "error"));
    SearchKeys.ALL.forEach(
        key -> command.addAll(List.of("--search-attribute", key.getName() + "=Keyword")));
    Process server =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("temporal.log").toFile())
            .start();
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget("127.0.0.1:" + port).build());
    service.connect(Duration.ofMinutes(5));
    WorkflowClient client =
        WorkflowClient.newInstance(
            service,
            WorkflowClientOptions.newBuilder()
                .setNamespace(NAMESPACE)
                .setDataConverter(Payloads.dataConverter())
                .build());
    return new TemporalWithALife(port, server, service, client);
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    workers.shutdownNow();
    workers.awaitTermination(10, TimeUnit.SECONDS);
    service.shutdownNow();
    server.destroy();
    server.onExit().join();
  }
}
