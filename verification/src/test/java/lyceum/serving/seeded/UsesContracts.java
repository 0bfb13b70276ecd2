package lyceum.serving.seeded;

/** Breaks a rule on purpose. */
public final class UsesContracts {
  lyceum.contracts.TaskQueues queues;
}
