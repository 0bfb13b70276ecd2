package lyceum.core.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import lyceum.core.ModelConfig;
import org.junit.jupiter.api.Test;

class DepthDialTest {
  private static ModelConfig config(DepthDial dial) {
    return new ModelSettings(
            512,
            dial.depth(),
            dial.heads(),
            dial.keyValueHeads(),
            dial.embeddingDim(),
            dial.feedForwardDim(),
            10_000,
            true)
        .config(4096);
  }

  @Test
  void dial_turnedFurther_givesLargerModelsTwentyTokensAParameterAndSmallerSteps() {
    long parameters = 0;
    int batch = 0;
    double rate = 1;
    for (int depth = 1; depth <= 40; depth++) {
      // The configuration refuses dimensions that do not fit together.
      ModelConfig config = config(new DepthDial(depth));
      DepthDial.Horizon horizon = DepthDial.horizon(config, 512);
      long tokens = 512L * horizon.batchSize() * horizon.steps();
      assertThat(config.parameterCount()).isGreaterThan(parameters);
      assertThat(tokens)
          .isBetween(
              20 * config.parameterCount(),
              20 * config.parameterCount() + 512L * horizon.batchSize());
      assertThat(horizon.batchSize()).isGreaterThanOrEqualTo(batch);
      assertThat(horizon.learningRate()).isBetween(1e-5, rate);
      assertThat(horizon.warmupSteps()).isLessThan(Math.max(2, horizon.steps()));
      parameters = config.parameterCount();
      batch = horizon.batchSize();
      rate = horizon.learningRate();
    }
  }

  @Test
  void horizon_ofTenBlocks_isWhatTheFormulasSayByHand() {
    ModelConfig config = config(new DepthDial(10));
    // Heads of 64, two to a key, 1,728 wide inside: 10 (2 640^2 + 2 640 320 + 3 640 1728 + 2
    // 640)
    // + 4096 640 + 640 parameters.
    assertThat(config.keyValueHeads()).isEqualTo(5);
    assertThat(config.feedForwardDim()).isEqualTo(1728);
    assertThat(config.parameterCount()).isEqualTo(48_100_480L);
    // 9.62e8 tokens, 2.776e17 operations: a batch of 148,301 tokens, which 256 rows come nearest
    // to.
    DepthDial.Horizon horizon = DepthDial.horizon(config, 512);
    assertThat(horizon.batchSize()).isEqualTo(256);
    assertThat(horizon.steps()).isEqualTo(7340);
    assertThat(horizon.learningRate()).isEqualTo(0.00206);
    assertThat(horizon.warmupSteps()).isEqualTo(146);
  }
}
