package lyceum.application.temporal;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.common.interceptors.WorkflowClientInterceptor;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.time.Duration;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.connectors.settings.Settings;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;
import lyceum.telemetry.Telemetry;
import lyceum.telemetry.temporal.TemporalTracing;

/** The connection of a door to Temporal; every call on it ends within {@link #CALL}. */
public final class TemporalConnection implements AutoCloseable {
  private static final Duration CALL = Duration.ofSeconds(10);
  // A query waits for a worker, which may be busy or just starting.
  private static final Duration QUERY = Duration.ofSeconds(5);

  private final WorkflowServiceStubs service;
  private final WorkflowClient client;
  private final String address;
  private final String namespace;
  private final Telemetry telemetry;

  private TemporalConnection(
      WorkflowServiceStubs service,
      WorkflowClient client,
      String address,
      String namespace,
      Telemetry telemetry) {
    this.telemetry = telemetry;
    this.service = service;
    this.client = client;
    this.address = address;
    this.namespace = namespace;
  }

  /**
   * Prepares the connection; the first call makes it.
   *
   * @param identity of the client in Temporal's histories
   */
  public static TemporalConnection open(Settings settings, String identity) {
    Telemetry telemetry = Telemetry.of(identity, System.getenv());
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder()
                .setTarget(settings.temporalAddress())
                .setRpcTimeout(CALL)
                .setRpcQueryTimeout(QUERY)
                .build());
    WorkflowClient client =
        WorkflowClient.newInstance(
            service,
            WorkflowClientOptions.newBuilder()
                .setNamespace(settings.temporalNamespace())
                .setDataConverter(Payloads.dataConverter())
                .setIdentity(identity)
                .setInterceptors(
                    TemporalTracing.client(telemetry).toArray(WorkflowClientInterceptor[]::new))
                .build());
    return new TemporalConnection(
        service, client, settings.temporalAddress(), settings.temporalNamespace(), telemetry);
  }

  /** A connection that is there already. */
  public static TemporalConnection of(
      WorkflowServiceStubs service, WorkflowClient client, String address) {
    return new TemporalConnection(
        service, client, address, client.getOptions().getNamespace(), Telemetry.off());
  }

  public WorkflowClient client() {
    return client;
  }

  public WorkflowServiceStubs service() {
    return service;
  }

  public String namespace() {
    return namespace;
  }

  /**
   * Asks the server for the namespace, without the patience that the client has otherwise.
   *
   * @throws LyceumException EXTERNAL when no server answers, USER when it has no such namespace
   */
  public TemporalConnection check() {
    try {
      service
          .blockingStub()
          .withDeadlineAfter(Duration.ofSeconds(5))
          .describeNamespace(DescribeNamespaceRequest.newBuilder().setNamespace(namespace).build());
      return this;
    } catch (StatusRuntimeException e) {
      throw switch (e.getStatus().getCode()) {
        case UNAVAILABLE, DEADLINE_EXCEEDED -> silent(e);
        case NOT_FOUND ->
            LyceumException.user(
                "Temporal at "
                    + address
                    + " has no namespace '"
                    + namespace
                    + "'. ./lyceum up makes it.",
                e);
        case PERMISSION_DENIED, UNAUTHENTICATED ->
            new RequestFailure(
                Outcome.ACCESS, "Temporal at " + address + " refuses access: " + e.getMessage(), e);
        default ->
            LyceumException.external(
                "Temporal at " + address + " failed: " + Status.fromThrowable(e), e);
      };
    }
  }

  /** The error for a server that does not answer. */
  public LyceumException silent(StatusRuntimeException e) {
    return LyceumException.external(
        "Temporal at "
            + address
            + " does not answer. Start the servers with ./lyceum up; ./lyceum doctor says what is wrong.",
        e);
  }

  @Override
  public void close() {
    service.shutdownNow();
    telemetry.close();
  }
}
