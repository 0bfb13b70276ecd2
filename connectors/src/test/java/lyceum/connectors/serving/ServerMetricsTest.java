package lyceum.connectors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lyceum.core.LatencyBucket;
import lyceum.core.ModelServer.Counted;
import org.junit.jupiter.api.Test;

class ServerMetricsTest {
  private static final String PAGE =
      """
      # HELP lyceum:request_success_total Requests by how they ended.
      # TYPE lyceum:request_success_total counter
      lyceum:request_success_total{model_name="tiny",generation="3",finished_reason="stop"} 90
      lyceum:request_success_total{model_name="tiny",generation="3",finished_reason="length"} 10
      lyceum:request_success_total{model_name="tiny",generation="4",finished_reason="stop"} 7
      lyceum:request_success_total{model_name="other",generation="4",finished_reason="stop"} 1000
      lyceum:request_failure_total{status="429"} 5
      lyceum:request_failure_total{model_name="tiny",generation="4",status="500"} 2
      lyceum:request_failure_total{model_name="tiny",generation="4",status="400"} 9
      lyceum:e2e_request_latency_seconds_bucket{model_name="tiny",generation="4",le="0.5"} 3
      lyceum:e2e_request_latency_seconds_bucket{model_name="tiny",generation="4",le="1"} 6
      lyceum:e2e_request_latency_seconds_bucket{model_name="tiny",generation="4",le="+Inf"} 7
      lyceum:num_requests_present 0
      nonsense
      """;

  @Test
  void read_sumsByVersionOfTheLine_andLeavesOutWhatClientsDidWrong() {
    assertThat(ServerMetrics.read(PAGE, "tiny"))
        .containsExactly(
            new Counted(3, 100, 0, List.of()),
            new Counted(
                4,
                7,
                2,
                List.of(
                    new LatencyBucket(0.5, 3),
                    new LatencyBucket(1, 6),
                    new LatencyBucket(Double.MAX_VALUE, 7))));
  }

  @Test
  void read_ofALineThatIsNotServed_isEmpty() {
    assertThat(ServerMetrics.read(PAGE, "third")).isEmpty();
    assertThat(ServerMetrics.read("", "tiny")).isEmpty();
  }
}
