package lyceum.workflows.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lyceum.contracts.deployment.DeploymentActivities.HealthSample;
import lyceum.contracts.deployment.PromotionStatus.Health;
import lyceum.contracts.deployment.Traffic;
import lyceum.core.LatencyBucket;
import lyceum.core.recipe.HealthSettings;
import org.junit.jupiter.api.Test;

class HealthWatchTest {
  private final HealthWatch watch = new HealthWatch(new HealthSettings(10, 15, 0.05, 3, 20));

  @Test
  void counts_areSinceTheFirstLook_withoutTheLooksOwnQuestions() {
    watch.look(sample(1000, 50, 0.1), 2, 0);

    Health health = watch.look(sample(1030, 50, 0.1), 2, 15_000);

    assertThat(health.requests()).isEqualTo(28);
    assertThat(health.errors()).isZero();
    assertThat(health.complaints()).isEmpty();
  }

  @Test
  void fewRequests_sayNothing() {
    watch.look(sample(0, 0, 0.1), 1, 0);

    assertThat(watch.look(sample(5, 14, 9), 1, 15_000).complaints()).isEmpty();
  }

  @Test
  void errors_beyondTheRate_areComplainedOf() {
    watch.look(sample(0, 0, 0.1), 1, 0);

    assertThat(watch.look(sample(95, 5, 0.1), 1, 15_000).complaints()).isEmpty();
    assertThat(watch.look(sample(95, 6, 0.1), 1, 30_000).complaints())
        .singleElement()
        .asString()
        .startsWith("6 of 101 requests failed");
  }

  @Test
  void restartedServer_countsFromZero_andIsNotTakenForNegative() {
    watch.look(sample(1000, 10, 0.1), 1, 0);

    Health health = watch.look(sample(30, 0, 0.1), 1, 15_000);

    assertThat(health.requests()).isEqualTo(29);
    assertThat(health.complaints()).isEmpty();
  }

  @Test
  void oneSilentLook_isForgiven_twoAreNot() {
    watch.look(silent(), 1, 0);
    watch.look(sample(0, 0, 0.1), 1, 15_000);
    assertThat(watch.look(silent(), 1, 30_000).complaints()).isEmpty();
    assertThat(watch.look(silent(), 1, 45_000).complaints()).containsExactly("no answer");
  }

  @Test
  void latency_isComparedWithTheVersionBefore() {
    watch.look(sample(0, 0, 0.1), 1, 0);

    assertThat(watch.look(sample(50, 0, 0.3), 1, 15_000).complaints()).isEmpty();
    assertThat(watch.look(sample(100, 0, 0.5), 1, 30_000).complaints())
        .singleElement()
        .asString()
        .contains("95th percentile");
  }

  /** As many requests of a tenth of a second to the version before. */
  private static HealthSample sample(long answered, long failed, double seconds) {
    return new HealthSample(
        new Traffic(answered, failed, latency(answered, seconds)),
        new Traffic(answered, 0, latency(answered, 0.1)),
        List.of());
  }

  private static HealthSample silent() {
    return new HealthSample(Traffic.NONE, Traffic.NONE, List.of("no answer"));
  }

  private static List<LatencyBucket> latency(long count, double seconds) {
    return List.of(
        new LatencyBucket(0.05, 0),
        new LatencyBucket(0.1, seconds <= 0.1 ? count : 0),
        new LatencyBucket(0.3, seconds <= 0.3 ? count : 0),
        new LatencyBucket(0.5, seconds <= 0.5 ? count : 0),
        new LatencyBucket(Double.MAX_VALUE, count));
  }
}
