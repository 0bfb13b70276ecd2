package lyceum.worker.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GpuMetricsTest {
  @Test
  void parse_aLineADevice_inBytesAndShares() {
    assertThat(GpuMetrics.parse("0, 87, 40536, 81559, 412.35, 61\n1, 0, 4, 81559, [N/A], 33\n"))
        .containsExactly(
            new GpuMetrics.Gpu(0, 0.87, 40536.0 * (1 << 20), 81559.0 * (1 << 20), 412.35, 61),
            new GpuMetrics.Gpu(1, 0, 4.0 * (1 << 20), 81559.0 * (1 << 20), Double.NaN, 33));
  }

  @Test
  void parse_anythingElse_isNoDevice() {
    assertThat(GpuMetrics.parse("NVIDIA-SMI has failed because it couldn't communicate\n\n"))
        .isEmpty();
  }
}
