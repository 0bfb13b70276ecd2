package lyceum.airflow.coordinator.seeded;

/** Breaks a rule on purpose. */
final class UsesTemporal {
  io.temporal.client.WorkflowClient client;
}
