package lyceum.contracts.deployment;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a promotion stands.
 *
 * @param from champion when it began, 0 for none
 * @param percent of the requests that the version answers now
 * @param untilMillis when the canary or the watch ends at the latest, 0 outside of them
 * @param health the newest look, {@code null} before the first
 */
public record PromotionStatus(
    String modelLine,
    int version,
    int from,
    Phase phase,
    double percent,
    long startedAtMillis,
    long untilMillis,
    @Nullable Health health) {
  /** Where it stands. */
  public enum Phase {
    JUDGING,
    CANARY,
    SERVING,
    WATCHING,
    GOING_BACK,
    DONE
  }

  /** Whether it can go back: the version is a canary, or champion and watched. */
  public boolean canGoBack() {
    return phase == Phase.CANARY || phase == Phase.WATCHING;
  }

  /**
   * One look at a version that is watched.
   *
   * @param requests since the watch began
   * @param p95Seconds time to the last token
   * @param stableP95Seconds of the version before, over the same time
   * @param complaints what is wrong; empty when nothing is
   */
  public record Health(
      long atMillis,
      long requests,
      long errors,
      double p95Seconds,
      double stableP95Seconds,
      List<String> complaints) {}
}
