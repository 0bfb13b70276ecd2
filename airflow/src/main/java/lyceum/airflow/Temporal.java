package lyceum.airflow;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import lyceum.airflow.coordinator.Client;
import lyceum.airflow.coordinator.Connection;
import lyceum.airflow.coordinator.TaskInstance;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;

/**
 * The Temporal server of an Airflow connection: host and port, the namespace as schema, and as
 * login the name under which runs are started and decided.
 *
 * @param user who the run is started by
 */
record Temporal(WorkflowServiceStubs service, WorkflowClient client, String target, String user)
    implements AutoCloseable {
  /** The connection that operators use where none is named. */
  static final String DEFAULT_CONNECTION = "lyceum_default";

  private static final String DEFAULT_NAMESPACE = "lyceum";

  static Temporal open(Client airflow, String connectionId, TaskInstance instance) {
    Connection connection = airflow.getConnection(connectionId);
    if (connection.host().isBlank() || connection.port() == 0) {
      throw LyceumException.user(
          "The Airflow connection '"
              + connectionId
              + "' needs the host and the port of Temporal, for example 127.0.0.1 and 7233.");
    }
    String target = connection.host() + ":" + connection.port();
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(target).build());
    WorkflowClient client =
        WorkflowClient.newInstance(
            service,
            WorkflowClientOptions.newBuilder()
                .setNamespace(
                    connection.schema().isBlank() ? DEFAULT_NAMESPACE : connection.schema())
                .setDataConverter(Payloads.dataConverter())
                .setIdentity("airflow/" + instance.name())
                .build());
    return new Temporal(
        service, client, target, connection.login().isBlank() ? "airflow" : connection.login());
  }

  String namespace() {
    return client.getOptions().getNamespace();
  }

  @Override
  public void close() {
    service.shutdownNow();
  }
}
