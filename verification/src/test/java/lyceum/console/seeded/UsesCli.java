package lyceum.console.seeded;

/** Breaks a rule on purpose. */
final class UsesCli {
  lyceum.cli.seeded.UsesWorkflows door;
}
