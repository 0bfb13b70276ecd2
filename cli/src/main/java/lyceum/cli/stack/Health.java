package lyceum.cli.stack;

import io.temporal.api.taskqueue.v1.PollerInfo;
import io.temporal.api.taskqueue.v1.TaskQueue;
import io.temporal.api.workflowservice.v1.DescribeTaskQueueRequest;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import lyceum.connectors.settings.Settings;
import lyceum.contracts.TaskQueues;

/** Asks servers whether they are well; every question ends within seconds. */
final class Health {
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(2))
          .version(HttpClient.Version.HTTP_1_1)
          .build();

  boolean storage(URI endpoint) {
    return get(endpoint, "/minio/health/ready").isPresent();
  }

  /** MLflow's version when it is well. */
  Optional<String> tracking(URI server) {
    return get(server, "/health").flatMap(ok -> get(server, "/version"));
  }

  /** What the model server lists as its models when it is well, as JSON. */
  Optional<String> serving(URI server) {
    return get(server, "/v1/models");
  }

  /** Whether the console is well. */
  boolean console(URI server) {
    return get(server, "/healthz").isPresent();
  }

  /** Temporal's version when its front end serves. */
  Optional<String> temporal(String address) {
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder()
                .setTarget(address)
                .setRpcTimeout(PATIENCE)
                .setHealthCheckAttemptTimeout(PATIENCE)
                .setHealthCheckTimeout(PATIENCE)
                .build());
    try {
      return Optional.of(
          service
              .blockingStub()
              .withDeadlineAfter(PATIENCE)
              .getSystemInfo(
                  io.temporal.api.workflowservice.v1.GetSystemInfoRequest.getDefaultInstance())
              .getServerVersion());
    } catch (RuntimeException e) {
      return Optional.empty();
    } finally {
      service.shutdownNow();
    }
  }

  /** The body of a 200 answer. */
  Optional<String> get(URI server, String path) {
    try {
      String base = server.toString().replaceAll("/+$", "");
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE).GET().build(),
              HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() == 200 ? Optional.of(answer.body().strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Whether a worker has asked the workflows' task queue for work since the moment. */
  boolean worker(Settings settings, Instant since) {
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder()
                .setTarget(settings.temporalAddress())
                .setRpcTimeout(Duration.ofSeconds(5))
                .build());
    try {
      return service
          .blockingStub()
          .describeTaskQueue(
              DescribeTaskQueueRequest.newBuilder()
                  .setNamespace(settings.temporalNamespace())
                  .setTaskQueue(TaskQueue.newBuilder().setName(TaskQueues.WORKFLOWS))
                  .build())
          .getPollersList()
          .stream()
          .map(PollerInfo::getLastAccessTime)
          .anyMatch(
              time -> !Instant.ofEpochSecond(time.getSeconds(), time.getNanos()).isBefore(since));
    } catch (RuntimeException e) {
      return false;
    } finally {
      service.shutdownNow();
    }
  }
}
