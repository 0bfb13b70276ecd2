package lyceum.workflows.seeded;

/** Breaks a rule on purpose. */
final class ReadsTheClock {
  final java.time.Instant now = java.time.Instant.now();
}
