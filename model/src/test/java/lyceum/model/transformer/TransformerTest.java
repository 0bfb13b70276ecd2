package lyceum.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.Precision;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.Decoder;
import lyceum.model.training.Computation;
import lyceum.model.training.TokenGraph;
import lyceum.model.training.TokenInputs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

class TransformerTest {
  private static final int LENGTH = 12;

  private static ModelConfig config(boolean tied) {
    return new ModelConfig(23, LENGTH, 2, 4, 2, 16, 24, 10_000, 1e-5, tied);
  }

  /**
   * Far from the small weights that a training starts with, so that every part of the network
   * matters.
   */
  private static SortedMap<String, FloatTensor> weights(ModelConfig config, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    SortedMap<String, FloatTensor> weights = new TreeMap<>();
    LanguageModel.shapes(config)
        .forEach(
            (name, shape) -> {
              FloatTensor tensor = FloatTensor.zeros(shape);
              for (int i = 0; i < tensor.values().length; i++) {
                tensor.values()[i] =
                    (float)
                        (shape.length == 1
                            ? 0.5 + random.nextDouble()
                            : 0.4 * random.nextGaussian());
              }
              weights.put(name, tensor);
            });
    return weights;
  }

  /** A model in a graph with the loss of every token of its rows. */
  private static final class Model implements AutoCloseable {
    final Computation computation = new Computation();
    final Map<String, Operand<TFloat32>> variables;
    final TokenLoss loss;
    final Map<String, Operand<TFloat32>> gradients;

    Model(ModelConfig config, SortedMap<String, FloatTensor> weights) {
      this(config, weights, ComputeSettings.PLAIN);
    }

    Model(ModelConfig config, SortedMap<String, FloatTensor> weights, ComputeSettings compute) {
      variables = computation.variables("", LanguageModel.shapes(config));
      TokenInputs inputs = TokenInputs.of(computation, -1, LENGTH);
      loss = new TokenGraph(computation, config, variables, inputs, LENGTH, compute).loss();
      gradients = loss.learned().gradients();
      computation.assign("", weights);
    }

    float[] logits(TokenInputs.Builder inputs) {
      return computation.run(inputs.feeds(), List.of(loss.logits()), List.of()).getFirst();
    }

    double loss(TokenInputs.Builder inputs) {
      return computation.run(inputs.feeds(), List.of(loss.value()), List.of()).getFirst()[0];
    }

    SortedMap<String, float[]> gradients(TokenInputs.Builder inputs) {
      List<String> names = List.copyOf(gradients.keySet());
      List<Operand<TFloat32>> fetches = new ArrayList<>();
      names.forEach(name -> fetches.add(gradients.get(name)));
      List<float[]> values = computation.run(inputs.feeds(), fetches, List.of());
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

  private static int[] tokens(int count, long seed) {
    return new SplittableRandom(seed).ints(count, 6, 23).toArray();
  }

  /**
   * Two rows: one full, one of two segments; every token predicts the one that follows it in its
   * segment.
   */
  private static TokenInputs.Builder rows() {
    TokenInputs.Builder inputs = new TokenInputs.Builder(2, LENGTH);
    for (int[] sequence : List.of(tokens(LENGTH, 1), tokens(5, 2), tokens(6, 3))) {
      int row = sequence.length == LENGTH ? 0 : 1;
      int start = inputs.append(row, sequence);
      for (int i = 1; i < sequence.length; i++) {
        inputs.predict(start + i - 1, sequence[i]);
      }
    }
    inputs.weigh(0, inputs.count(), 1.0 / inputs.count());
    return inputs;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void gradients_ofEveryWeight_equalFiniteDifferences(boolean tied) {
    ModelConfig config = config(tied);
    SortedMap<String, FloatTensor> weights = weights(config, 7);
    double step = 1e-2;
    try (Model model = new Model(config, weights)) {
      SortedMap<String, float[]> gradients = model.gradients(rows());
      assertThat(gradients.keySet()).isEqualTo(weights.keySet());
      SplittableRandom random = new SplittableRandom(11);
      gradients.forEach(
          (name, gradient) -> {
            for (int probe = 0; probe < 6; probe++) {
              int at = largestOf(gradient, random);
              float[] values = weights.get(name).values();
              float original = values[at];
              values[at] = (float) (original + step);
              model.computation.assign("", weights);
              double above = model.loss(rows());
              values[at] = (float) (original - step);
              model.computation.assign("", weights);
              double below = model.loss(rows());
              values[at] = original;
              double difference = (above - below) / (2 * step);
              assertThat((double) gradient[at])
                  .as("%s[%d]", name, at)
                  .isCloseTo(difference, within(2e-4 + 0.02 * Math.abs(difference)));
            }
          });
    }
  }

  /** Of a few random places the one with the largest gradient: small ones drown in rounding. */
  private static int largestOf(float[] gradient, SplittableRandom random) {
    int best = random.nextInt(gradient.length);
    for (int i = 0; i < 8; i++) {
      int other = random.nextInt(gradient.length);
      best = Math.abs(gradient[other]) > Math.abs(gradient[best]) ? other : best;
    }
    return best;
  }

  /** Rounded elsewhere: TensorFlow fuses operations whose results nothing else reads. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void gradients_withActivationsComputedAgain_areTheSame(Precision precision) {
    ModelConfig config = config(true);
    SortedMap<String, FloatTensor> weights = weights(config, 7);
    try (Model kept = new Model(config, weights, new ComputeSettings(1, precision, false));
        Model again = new Model(config, weights, new ComputeSettings(1, precision, true))) {
      SortedMap<String, float[]> expected = kept.gradients(rows());
      again
          .gradients(rows())
          .forEach(
              (name, gradient) ->
                  assertThat(relativeError(gradient, expected.get(name)))
                      .as(name)
                      .isLessThan(precision == Precision.F32 ? 1e-5 : 0.03));
    }
  }

  /** Eight bits of mantissa: a factor is off by at most 2^-9, a product of two by 2^-8. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void gradients_inBf16_areNearThoseInF32(boolean tied) {
    ModelConfig config = config(tied);
    SortedMap<String, FloatTensor> weights = weights(config, 7);
    try (Model exact = new Model(config, weights);
        Model rounded = new Model(config, weights, new ComputeSettings(1, Precision.BF16, false))) {
      assertThat(rounded.loss(rows())).isCloseTo(exact.loss(rows()), withinPercentage(1));
      assertThat(rounded.loss(rows())).isNotEqualTo(exact.loss(rows()));
      SortedMap<String, float[]> expected = exact.gradients(rows());
      rounded
          .gradients(rows())
          .forEach(
              (name, gradient) ->
                  assertThat(relativeError(gradient, expected.get(name)))
                      .as(name)
                      .isBetween(1e-5, 0.1));
    }
  }

  /** Length of the difference beside that of the expected. */
  private static double relativeError(float[] values, float[] expected) {
    double difference = 0;
    double length = 0;
    for (int i = 0; i < values.length; i++) {
      difference += Math.pow(values[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / length);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void logits_ofARow_equalThoseOfTheJavaDecoder(boolean tied) {
    ModelConfig config = config(tied);
    SortedMap<String, FloatTensor> weights = weights(config, 5);
    int[] sequence = tokens(LENGTH, 4);
    TokenInputs.Builder inputs = new TokenInputs.Builder(1, LENGTH);
    inputs.append(0, sequence);
    for (int i = 0; i < LENGTH; i++) {
      inputs.predict(i, 0);
    }
    float[][] expected = new Decoder(config, weights).logits(sequence);
    try (Model model = new Model(config, weights)) {
      float[] logits = model.logits(inputs);
      for (int i = 0; i < LENGTH; i++) {
        float[] row = Arrays.copyOfRange(logits, i * 23, (i + 1) * 23);
        assertThat(row).containsExactly(expected[i], within(5e-5f));
      }
    }
  }

  @Test
  void logits_ofASegment_doNotDependOnItsNeighbours() {
    ModelConfig config = config(true);
    int[] first = tokens(5, 1);
    int[] second = tokens(6, 2);
    try (Model model = new Model(config, weights(config, 3))) {
      TokenInputs.Builder packed = new TokenInputs.Builder(1, LENGTH);
      packed.append(0, first);
      int start = packed.append(0, second);
      TokenInputs.Builder changed = new TokenInputs.Builder(1, LENGTH);
      changed.append(0, tokens(5, 9));
      changed.append(0, second);
      TokenInputs.Builder alone = new TokenInputs.Builder(1, LENGTH);
      alone.append(0, second);
      for (int i = 0; i < second.length; i++) {
        packed.predict(start + i, 0);
        changed.predict(start + i, 0);
        alone.predict(i, 0);
      }
      float[] expected = model.logits(packed);
      assertThat(model.logits(changed)).containsExactly(expected);
      // Elsewhere in the row the positions differ, and with them the rounding.
      assertThat(model.logits(alone)).containsExactly(expected, within(5e-5f));
    }
  }

  @Test
  void logits_ofAToken_doNotDependOnLaterOnes() {
    ModelConfig config = config(true);
    int[] sequence = tokens(LENGTH, 1);
    int[] otherEnd = sequence.clone();
    otherEnd[LENGTH - 1] = 6 + (otherEnd[LENGTH - 1] - 5) % 17;
    try (Model model = new Model(config, weights(config, 3))) {
      float[] logits = allLogits(model, sequence);
      float[] others = allLogits(model, otherEnd);
      int before = (LENGTH - 1) * 23;
      assertThat(Arrays.copyOf(others, before)).containsExactly(Arrays.copyOf(logits, before));
      assertThat(others).isNotEqualTo(logits);
    }
  }

  private static float[] allLogits(Model model, int[] sequence) {
    TokenInputs.Builder inputs = new TokenInputs.Builder(1, LENGTH);
    inputs.append(0, sequence);
    for (int i = 0; i < sequence.length; i++) {
      inputs.predict(i, 0);
    }
    return model.logits(inputs);
  }

  @Test
  void gradients_ofTokensWithoutWeight_areNone() {
    ModelConfig config = config(false);
    try (Model model = new Model(config, weights(config, 3))) {
      TokenInputs.Builder half = rows();
      half.weigh(0, half.count(), 0);
      half.weigh(0, LENGTH - 1, 0.1);
      TokenInputs.Builder firstRowOnly = new TokenInputs.Builder(2, LENGTH);
      int[] sequence = tokens(LENGTH, 1);
      firstRowOnly.append(0, sequence);
      for (int i = 1; i < LENGTH; i++) {
        firstRowOnly.predict(i - 1, sequence[i]);
      }
      firstRowOnly.weigh(0, LENGTH - 1, 0.1);
      SortedMap<String, float[]> expected = model.gradients(firstRowOnly);
      model
          .gradients(half)
          .forEach(
              (name, gradient) ->
                  assertThat(gradient).as(name).containsExactly(expected.get(name), within(1e-6f)));

      TokenInputs.Builder none = rows();
      none.weigh(0, none.count(), 0);
      model
          .gradients(none)
          .forEach((name, gradient) -> assertThat(gradient).as(name).containsOnly(0f));
    }
  }
}
