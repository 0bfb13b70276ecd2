package lyceum.core.recipe;

/**
 * What is watched while a version is a canary and for a while after it became champion; a breach
 * takes it back.
 *
 * @param watchMinutes how long after it became champion; 0 for not at all
 * @param everySeconds between two looks
 * @param maxErrorRate largest share of requests that may fail
 * @param maxLatencyRatio how many times the 95th percentile of the time to the last token may be
 *     that of the version before, over the same time
 * @param minRequests fewer requests than this say nothing about errors and latency
 */
public record HealthSettings(
    double watchMinutes,
    int everySeconds,
    double maxErrorRate,
    double maxLatencyRatio,
    int minRequests) {
  /** No watch after the canary; looks every 15 seconds. */
  public static final HealthSettings USUAL = new HealthSettings(0, 15, 0.05, 3, 20);

  public HealthSettings {
    Check.between("deployment.health.watchMinutes", watchMinutes, 0, 60.0 * 24 * 14);
    Check.between("deployment.health.everySeconds", everySeconds, 1, 3600);
    Check.between("deployment.health.maxErrorRate", maxErrorRate, 0, 1);
    Check.between("deployment.health.maxLatencyRatio", maxLatencyRatio, 1, 1e6);
    Check.positive("deployment.health.minRequests", minRequests);
  }
}
