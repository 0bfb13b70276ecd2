package lyceum.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.Precision;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.Computation;
import lyceum.model.training.Feeds;
import lyceum.model.training.TokenInputs;
import lyceum.model.transformer.TokenLoss;
import lyceum.model.transformer.Transformer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** The native operations next to the stock graph, with the same weights and rows. */
class DecoderOpsTest {
  private static final int LENGTH = 48;

  @BeforeEach
  void machine() {
    assumeTrue(Kernels.available().isPresent(), "no native operations for this machine");
  }

  private static ModelConfig config(int heads, int keyHeads, boolean tied) {
    return new ModelConfig(101, LENGTH, 2, heads, keyHeads, heads * 16, 72, 10_000, 1e-5, tied);
  }

  private static SortedMap<String, FloatTensor> weights(ModelConfig config) {
    SplittableRandom random = new SplittableRandom(5);
    SortedMap<String, FloatTensor> weights = new TreeMap<>();
    LanguageModel.shapes(config)
        .forEach(
            (name, shape) -> {
              FloatTensor tensor = FloatTensor.zeros(shape);
              for (int i = 0; i < tensor.values().length; i++) {
                tensor.values()[i] =
                    (float)
                        (shape.length == 1
                            ? 1 + 0.2 * random.nextGaussian()
                            : 0.15 * random.nextGaussian());
              }
              weights.put(name, tensor);
            });
    return weights;
  }

  /** Three rows of one to three segments; three of four tokens are predicted, with any weights. */
  private static TokenInputs.Builder rows(ModelConfig config) {
    SplittableRandom random = new SplittableRandom(9);
    TokenInputs.Builder inputs = new TokenInputs.Builder(3, LENGTH);
    for (int row = 0; row < 3; row++) {
      for (int segment = 0; segment <= row; segment++) {
        int[] ids = random.ints(LENGTH / (row + 1), 0, config.vocabularySize()).toArray();
        int start = inputs.append(row, ids);
        for (int i = 1; i < ids.length; i++) {
          if (i % 4 != 0) {
            inputs.predict(start + i - 1, ids[i]);
            inputs.weigh(inputs.count() - 1, inputs.count(), random.nextDouble() - 0.3);
          }
        }
      }
    }
    return inputs;
  }

  /** Both, in one graph. */
  private static final class Both implements AutoCloseable {
    final Computation computation = new Computation();
    final TokenInputs inputs = TokenInputs.of(computation, -1, LENGTH);
    final Transformer stock;
    final TokenLoss stockLoss;
    final DecoderOps ours;
    final ModelConfig config;

    Both(ModelConfig config, Precision precision) {
      this.config = config;
      Map<String, Operand<TFloat32>> variables =
          computation.variables("", LanguageModel.shapes(config));
      stock =
          new Transformer(
              computation.graph(),
              config,
              variables,
              inputs.ids_BT(),
              inputs.segments_BT(),
              LENGTH,
              ComputeSettings.PLAIN);
      stockLoss =
          new TokenLoss(
              computation.graph(),
              config,
              stock,
              inputs.positions_N(),
              inputs.targets_N(),
              inputs.weights_N(),
              ComputeSettings.PLAIN);
      ours =
          DecoderOps.of(
                  computation.graph(),
                  config,
                  new ComputeSettings(1, precision, false),
                  variables,
                  inputs.ids_BT(),
                  inputs.segments_BT(),
                  LENGTH)
              .orElseThrow();
      computation.assign("", weights(config));
    }

    float[] run(Operand<TFloat32> what) {
      return run(rows(config).feeds(), what);
    }

    float[] run(Feeds feeds, Operand<TFloat32> what) {
      return computation.run(feeds, List.of(what), List.of()).getFirst();
    }

    SortedMap<String, float[]> run(Map<String, Operand<TFloat32>> gradients) {
      List<String> names = new ArrayList<>(gradients.keySet());
      List<Operand<TFloat32>> fetches = new ArrayList<>(gradients.values());
      List<float[]> values = computation.run(rows(config).feeds(), fetches, List.of());
      SortedMap<String, float[]> byName = new TreeMap<>();
      for (int i = 0; i < names.size(); i++) {
        byName.put(names.get(i), values.get(i));
      }
      return byName;
    }

    @Override
    public void close() {
      computation.close();
    }
  }

  /** Length of the difference as a share of the length of what is expected. */
  private static double distance(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double difference = 0;
    double size = 0;
    for (int i = 0; i < actual.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      size += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / size);
  }

  @ParameterizedTest
  @CsvSource({
    "4, 4, true, F32, 2e-6, 2e-5",
    "4, 2, false, F32, 2e-6, 2e-5",
    "3, 1, true, F32, 2e-6, 2e-5",
    "4, 2, true, BF16, 0.02, 0.05",
    "3, 3, false, BF16, 0.02, 0.05"
  })
  void lossesAndGradients_equalThoseOfStockOperations(
      int heads, int keyHeads, boolean tied, Precision precision, double loss, double gradient) {
    try (Both both = new Both(config(heads, keyHeads, tied), precision)) {
      DecoderOps.TokenGradients fused =
          both.ours.gradients(
              both.inputs.positions_N(), both.inputs.targets_N(), both.inputs.weights_N());
      Operand<TFloat32> losses =
          both.ours.losses(both.inputs.positions_N(), both.inputs.targets_N());
      float[] expected = both.run(both.stockLoss.tokenLosses());
      assertThat(distance(both.run(fused.losses_M()), expected)).isLessThan(loss);
      assertThat(both.run(losses)).isEqualTo(both.run(fused.losses_M()));
      SortedMap<String, float[]> actual = both.run(fused.gradients());
      SortedMap<String, float[]> stock = both.run(both.stockLoss.learned().gradients());
      assertThat(actual.keySet()).isEqualTo(stock.keySet());
      stock.forEach(
          (name, values) ->
              assertThat(distance(Objects.requireNonNull(actual.get(name)), values))
                  .as(name)
                  .isLessThan(gradient));
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void hiddenAndItsGradients_equalThoseOfStockOperations(boolean tied) {
    try (Both both = new Both(config(4, 2, tied), Precision.F32)) {
      Operand<TFloat32> toHidden = both.computation.tf().math.sin(both.stock.hidden());
      assertThat(distance(both.run(both.ours.hidden()), both.run(both.stock.hidden())))
          .isLessThan(2e-6);
      SortedMap<String, float[]> actual = both.run(both.ours.gradients(toHidden));
      SortedMap<String, float[]> stock = both.run(both.stock.gradients(toHidden));
      assertThat(actual.keySet()).isEqualTo(stock.keySet());
      stock.forEach(
          (name, values) ->
              assertThat(distance(Objects.requireNonNull(actual.get(name)), values))
                  .as(name)
                  .isLessThan(2e-5));
    }
  }

  @Test
  void inputsOutOfRange_areRefusedByName() {
    ModelConfig config = config(2, 1, true);
    try (Both both = new Both(config, Precision.F32)) {
      Operand<TFloat32> losses =
          both.ours.losses(both.inputs.positions_N(), both.inputs.targets_N());
      TokenInputs.Builder inputs = new TokenInputs.Builder(1, LENGTH);
      inputs.append(0, new int[] {1, 2, 3});
      inputs.predict(0, 500);
      assertThatThrownBy(() -> both.run(inputs.feeds(), losses))
          .hasMessageContaining("Target 500 at 0 is not within [0, 101)");
    }
  }
}
