package lyceum.workflows.deployment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lyceum.contracts.deployment.DeploymentActivities.HealthSample;
import lyceum.contracts.deployment.PromotionStatus.Health;
import lyceum.contracts.deployment.Traffic;
import lyceum.core.recipe.HealthSettings;
import org.jspecify.annotations.Nullable;

/** Tells from one look after the other whether a version is well; a pure function of the looks. */
final class HealthWatch {
  /** One look without an answer may be a restart; two are not. */
  private static final int SILENT_LOOKS = 2;

  private final HealthSettings settings;
  private @Nullable HealthSample first;
  private int silent;
  private long probes;

  HealthWatch(HealthSettings settings) {
    this.settings = settings;
  }

  /**
   * @param asked prompts that the look itself asked; they are counted by the server but are
   *     nobody's requests
   */
  Health look(HealthSample sample, int asked, long atMillis) {
    HealthSample began = first;
    if (began == null) {
      first = sample;
      began = sample;
    } else {
      probes += asked;
    }
    Traffic version = sample.version().since(began.version());
    Traffic stable = sample.stable().since(began.stable());
    silent = sample.smokeFailures().isEmpty() ? 0 : silent + 1;

    List<String> complaints = new ArrayList<>();
    if (silent >= SILENT_LOOKS) {
      complaints.add(String.join("; ", sample.smokeFailures()));
    }
    long requests = version.answered() + version.failed();
    double errorRate = requests == 0 ? 0 : (double) version.failed() / requests;
    if (requests >= settings.minRequests() && errorRate > settings.maxErrorRate()) {
      complaints.add(
          String.format(
              Locale.ROOT,
              "%d of %d requests failed, more than the %s that may",
              version.failed(),
              requests,
              settings.maxErrorRate()));
    }
    double p95 = version.quantile(0.95);
    double stableP95 = stable.quantile(0.95);
    if (version.answered() >= settings.minRequests()
        && stable.answered() >= settings.minRequests()
        && p95 > settings.maxLatencyRatio() * stableP95) {
      complaints.add(
          String.format(
              Locale.ROOT,
              "its 95th percentile is %.3g s, more than %s times the %.3g s of the version before",
              p95,
              settings.maxLatencyRatio(),
              stableP95));
    }
    return new Health(
        atMillis,
        Math.max(0, requests - probes),
        version.failed(),
        Double.isInfinite(p95) ? Double.MAX_VALUE : p95,
        Double.isInfinite(stableP95) ? Double.MAX_VALUE : stableP95,
        complaints);
  }
}
