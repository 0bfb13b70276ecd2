package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class MetricNamesTest {
  @Test
  void query_itsMetrics_withoutFunctionsLabelsAndDurations() {
    assertThat(
            MetricNames.of(
                "histogram_quantile(0.95, sum by (le, task_queue) (rate(a_seconds_bucket[15m]))) > 14.4 * 0.001"
                    + " or b:c_total{status=~\"5..\", job=\"d\"} offset 1w"
                    + " and on(instance, run) (e offset 30m) > 0"
                    + " or max(time() - f) or predict_linear(g[6h], 24 * 3600) < 0"))
        .containsExactly("a_seconds_bucket", "b:c_total", "e", "f", "g");
  }

  @Test
  void page_itsSamples() {
    assertThat(MetricNames.on("# TYPE a counter\na{b=\"c d\"} 1.0\nd:e 2\n\n"))
        .containsExactlyInAnyOrder("a", "d:e");
  }

  @Test
  void dashboardsAndRules_askForSomething() throws IOException {
    assertThat(MetricNames.asked())
        .contains("lyceum_training_loss", "lyceum:request_failure_total", "disk_total_bytes")
        .doesNotContain("up", "lyceum:serving_error_ratio:rate5m", "le", "rate", "vector");
  }
}
