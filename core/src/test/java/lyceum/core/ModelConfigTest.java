package lyceum.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ModelConfigTest {
  @Test
  void parameterCount_countsEveryMatrixAndNorm() {
    ModelConfig config = new ModelConfig(100, 16, 2, 4, 2, 8, 24, 10_000, 1e-5, true);
    long attention = 8 * 8 + 2 * 8 * 4 + 8 * 8;
    long block = attention + 3 * 8 * 24 + 2 * 8;
    assertThat(config.parameterCount()).isEqualTo(100 * 8 + 2 * block + 8);
  }

  @Test
  void constructor_headsThatDoNotDivide_namesBoth() {
    assertThatThrownBy(() -> new ModelConfig(100, 16, 2, 3, 1, 8, 24, 10_000, 1e-5, true))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("embeddingDim 8")
        .hasMessageContaining("heads 3");
  }
}
