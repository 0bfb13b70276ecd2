package lyceum.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import lyceum.core.ModelConfig;
import lyceum.core.RotaryScaling;
import org.junit.jupiter.api.Test;

class TrainingWorkTest {
  private static final ModelConfig LLAMA_3_8B =
      new ModelConfig(128_256, 8192, 32, 32, 8, 4096, 14_336, 500_000, 1e-5, false);
  private static final ModelConfig LLAMA_3_2_1B =
      new ModelConfig(
          128_256,
          131_072,
          16,
          32,
          8,
          2048,
          8192,
          500_000,
          1e-5,
          true,
          new RotaryScaling(32, 1, 4, 8192));
  private static final ModelConfig SMOLLM2_135M =
      new ModelConfig(49_152, 8192, 30, 9, 3, 576, 1536, 100_000, 1e-5, true);

  /** As {@code sum(p.numel() for p in model.parameters())} gives them in transformers. */
  @Test
  void parameterCount_ofPublishedModels_equalsTheirs() {
    assertThat(LLAMA_3_8B.parameterCount()).isEqualTo(8_030_261_248L);
    assertThat(LLAMA_3_2_1B.parameterCount()).isEqualTo(1_235_814_400L);
    assertThat(SMOLLM2_135M.parameterCount()).isEqualTo(134_515_008L);
  }

  /**
   * Torch's FlopCounterMode counts 1,501,560,832 for the forward pass of one row of 128 tokens
   * through a LlamaForCausalLM of these dimensions with eager attention, which multiplies the
   * masked half too.
   */
  @Test
  void forwardFlops_ofARow_equalWhatTorchCounts() {
    ModelConfig config = new ModelConfig(4096, 256, 6, 4, 2, 256, 704, 10_000, 1e-5, true);
    assertThat(128 * TrainingWork.forwardFlopsPerToken(config, 128)).isEqualTo(FLOPS_OF_TORCH);
  }

  private static final double FLOPS_OF_TORCH = 1_501_560_832L;

  @Test
  void flops_ofALargeModel_areNearSixTimesParametersAndTokens() {
    TrainingWork work = new TrainingWork("w", LLAMA_3_8B, 1000, 16, 2048, true, false);
    double rule = 6.0 * (LLAMA_3_8B.parameterCount() - 128_256L * 4096) * work.tokens();
    assertThat(work.flops() / rule).isCloseTo(1.03, within(0.02));
  }

  @Test
  void best_modelTooLargeForOneRow_isNone() {
    TrainingWork work = new TrainingWork("w", LLAMA_3_8B, 10, 8, 8192, true, false);
    assertThat(Layout.best(work, device(80L << 30), 8)).isEmpty();
  }

  @Test
  void best_moreMemory_neverSlowerAndWithFewerTurns() {
    TrainingWork work = new TrainingWork("w", SMOLLM2_135M, 10, 64, 2048, true, false);
    Optional<Layout> small = Layout.best(work, device(12L << 30), 4);
    Optional<Layout> large = Layout.best(work, device(80L << 30), 4);
    assertThat(small.orElseThrow().devices()).isEqualTo(4);
    assertThat(small.orElseThrow().memory().total()).isLessThanOrEqualTo(12L << 30);
    assertThat(large.orElseThrow().microBatches()).isLessThan(small.orElseThrow().microBatches());
    assertThat(large.orElseThrow().seconds()).isLessThanOrEqualTo(small.orElseThrow().seconds());
    Layout one = Layout.of(work, device(80L << 30), 1, 8);
    // 10 steps of 64 rows of 2048 tokens at 400 TFLOP/s.
    assertThat(one.seconds())
        .isCloseTo(work.flops() / 4e14 + 10 * 28.0 * 134_515_008 / 3e12, within(1e-9));
    assertThat(one.dollars()).isCloseTo(one.seconds() / 3600 * 2, within(1e-12));
    assertThat(one.kilowattHours()).isCloseTo(one.seconds() / 3600 * 0.7, within(1e-12));
  }

  private static Device device(long memory) {
    return new Device(
        "d", Device.Kind.GPU, 1e14, 1e15, 0.5, 0.4, memory, 3e12, 1e11, 700, 2, "2026-01", "");
  }
}
