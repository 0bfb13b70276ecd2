package lyceum.cli.seeded;

/** Breaks a rule on purpose. */
public final class UsesWorkflows {
  lyceum.workflows.seeded.ReadsAFile workflow;
}
