package lyceum.workflows.seeded;

/** Breaks a rule on purpose. */
final class LogsOnReplay {
  final org.slf4j.Logger logger = org.slf4j.LoggerFactory.getLogger("workflow");
}
