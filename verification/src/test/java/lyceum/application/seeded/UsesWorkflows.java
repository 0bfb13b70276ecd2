package lyceum.application.seeded;

/** Breaks a rule on purpose. */
final class UsesWorkflows {
  lyceum.cli.seeded.UsesWorkflows door;
}
