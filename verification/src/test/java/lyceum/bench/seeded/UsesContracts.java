package lyceum.bench.seeded;

/** Breaks a rule on purpose. */
public final class UsesContracts {
  lyceum.contracts.lifecycle.StageProgress progress;
}
