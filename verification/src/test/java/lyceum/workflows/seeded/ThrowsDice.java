package lyceum.workflows.seeded;

/** Breaks a rule on purpose. */
final class ThrowsDice {
  final java.util.UUID id = java.util.UUID.randomUUID();
}
