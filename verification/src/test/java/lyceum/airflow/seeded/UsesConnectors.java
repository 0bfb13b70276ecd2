package lyceum.airflow.seeded;

/** Breaks a rule on purpose. */
final class UsesConnectors {
  lyceum.connectors.seeded.UsesTemporal connector;
}
