package lyceum.model.seeded;

/** Breaks a rule on purpose. */
public final class UsesTemporal {
  io.temporal.client.WorkflowClient client;
}
