package lyceum.model.seeded;

/** Breaks a rule on purpose. */
public final class UsesBench {
  lyceum.bench.comparison.Report report;
}
