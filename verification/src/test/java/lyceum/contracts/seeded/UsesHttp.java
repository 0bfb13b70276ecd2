package lyceum.contracts.seeded;

/** Breaks a rule on purpose. */
final class UsesHttp {
  lyceum.serving.seeded.UsesContracts serving;
}
