package lyceum.console.seeded;

/** Breaks a rule on purpose. */
final class UsesActivities {
  lyceum.activities.seeded.UsesAConnector activity;
}
