package lyceum.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.model.format.FloatTensor;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

class AdamWTest {
  private static final OptimizerSettings SETTINGS =
      new OptimizerSettings(
          0.1, 1, 0, OptimizerSettings.Schedule.CONSTANT, 0.2, 0.9, 0.99, 1e-3, 1.5);

  /** The formulas of the paper in double precision, with PyTorch's place for epsilon. */
  private static final class ByHand {
    final double[] weight;
    final double[] m;
    final double[] v;
    final boolean decays;

    ByHand(boolean decays, double... weight) {
      this.weight = weight;
      this.m = new double[weight.length];
      this.v = new double[weight.length];
      this.decays = decays;
    }

    void step(int t, double rate, double... gradient) {
      for (int i = 0; i < weight.length; i++) {
        m[i] = 0.9 * m[i] + 0.1 * gradient[i];
        v[i] = 0.99 * v[i] + 0.01 * gradient[i] * gradient[i];
        double mHat = m[i] / (1 - Math.pow(0.9, t));
        double vHat = v[i] / (1 - Math.pow(0.99, t));
        weight[i] -= (decays ? rate * 0.2 * weight[i] : 0) + rate * mHat / (Math.sqrt(vHat) + 1e-3);
      }
    }
  }

  @Test
  void update_overFiveSteps_equalsTheFormulas() {
    try (Computation computation = new Computation()) {
      SortedMap<String, int[]> shapes =
          new TreeMap<>(Map.of("gain", new int[] {2}, "matrix", new int[] {1, 2}));
      Map<String, Operand<TFloat32>> weights = computation.variables("", shapes);
      Map<String, Operand<TFloat32>> gradients =
          Map.of("gain", computation.floats("g", 2), "matrix", computation.floats("m", 1, 2));
      Operand<TFloat32> loss = computation.tf().constant(0f);
      AccumulatedGradients sums =
          new AccumulatedGradients(
              computation, shapes, new TrainingTask.Loss(loss, gradients, List.of()));
      AdamW adam = new AdamW(computation, SETTINGS, shapes, weights, sums);
      SortedMap<String, FloatTensor> state = zeros(adam.state());
      state.put("gain", new FloatTensor(new int[] {2}, new float[] {1, -2}));
      state.put("matrix", new FloatTensor(new int[] {1, 2}, new float[] {0.5f, 3}));
      computation.assign("", state);
      ByHand gain = new ByHand(false, 1, -2);
      ByHand matrix = new ByHand(true, 0.5, 3);
      for (int t = 1; t <= 5; t++) {
        double rate = 0.1 / t;
        // The second step's gradient is longer than the clip allows, the others are not.
        double[] g = {t == 2 ? 3 : 0.3, -0.2 * t};
        double[] m = {0.1 * t, 0};
        double norm = Math.sqrt(g[0] * g[0] + g[1] * g[1] + m[0] * m[0]);
        double scale = Math.min(1, 1.5 / norm);
        Feeds feeds =
            new Feeds()
                .floats("g", new float[] {(float) g[0], (float) g[1]}, 2)
                .floats("m", new float[] {(float) m[0], (float) m[1]}, 1, 2);
        sums.add(feeds, true);
        assertThat(sums.norm()).isCloseTo(norm, within(1e-6));
        adam.update(t - 1, rate, sums.norm());
        gain.step(t, rate, g[0] * scale, g[1] * scale);
        matrix.step(t, rate, m[0] * scale, m[1] * scale);
      }
      SortedMap<String, FloatTensor> learned = computation.read("", shapes);
      for (int i = 0; i < 2; i++) {
        assertThat((double) learned.get("gain").values()[i])
            .isCloseTo(gain.weight[i], within(2e-6));
        assertThat((double) learned.get("matrix").values()[i])
            .isCloseTo(matrix.weight[i], within(2e-6));
      }
    }
  }

  private static SortedMap<String, FloatTensor> zeros(SortedMap<String, int[]> shapes) {
    SortedMap<String, FloatTensor> zeros = new TreeMap<>();
    shapes.forEach((name, shape) -> zeros.put(name, FloatTensor.zeros(shape)));
    return zeros;
  }

  @Test
  void learningRate_overATraining_risesThenFallsToItsFloor() {
    OptimizerSettings cosine =
        new OptimizerSettings(1, 0.1, 4, OptimizerSettings.Schedule.COSINE, 0, 0.9, 0.99, 1e-8, 1);
    assertThat(LearningRate.at(cosine, 0, 15)).isEqualTo(0.25);
    assertThat(LearningRate.at(cosine, 3, 15)).isEqualTo(1);
    assertThat(LearningRate.at(cosine, 9, 15)).isCloseTo(0.55, within(1e-12));
    assertThat(LearningRate.at(cosine, 14, 15)).isCloseTo(0.1, within(1e-12));
    OptimizerSettings linear =
        new OptimizerSettings(1, 0.5, 0, OptimizerSettings.Schedule.LINEAR, 0, 0.9, 0.99, 1e-8, 1);
    assertThat(LearningRate.at(linear, 5, 11)).isCloseTo(0.75, within(1e-12));
    OptimizerSettings constant =
        new OptimizerSettings(
            1, 0.5, 0, OptimizerSettings.Schedule.CONSTANT, 0, 0.9, 0.99, 1e-8, 1);
    assertThat(LearningRate.at(constant, 10, 11)).isEqualTo(1);
    OptimizerSettings stable =
        new OptimizerSettings(
            1,
            0.1,
            4,
            OptimizerSettings.Schedule.WARMUP_STABLE_DECAY,
            0,
            0.9,
            0.99,
            1e-8,
            1,
            OptimizerSettings.Algorithm.ADAMW,
            0.95,
            0.25);
    assertThat(LearningRate.at(stable, 1, 40)).isEqualTo(0.5);
    assertThat(LearningRate.at(stable, 4, 40)).isEqualTo(1);
    assertThat(LearningRate.at(stable, 29, 40)).isEqualTo(1);
    assertThat(LearningRate.at(stable, 34, 40)).isCloseTo(0.55, within(1e-12));
    assertThat(LearningRate.at(stable, 39, 40)).isCloseTo(0.1, within(1e-12));
  }
}
