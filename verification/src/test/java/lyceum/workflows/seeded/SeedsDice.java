package lyceum.workflows.seeded;

/** Breaks a rule on purpose. */
final class SeedsDice {
  final java.util.Random random = new java.util.Random(1);
}
