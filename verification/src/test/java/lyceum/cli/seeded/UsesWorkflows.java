package lyceum.cli.seeded;

/** Breaks a rule on purpose. */
final class UsesWorkflows {
  lyceum.workflows.seeded.ReadsAFile workflow;
}
