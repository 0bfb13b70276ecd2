package lyceum.model.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.DistillationSettings;
import lyceum.core.recipe.ModelSettings;
import lyceum.data.shard.TokenShard;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.Computation;
import lyceum.model.training.LearnerFixture;
import lyceum.model.training.LearnerFixture.Recorder;
import lyceum.model.training.Resumption;
import lyceum.model.training.TokenGraph;
import lyceum.model.training.TokenInputs;
import lyceum.model.training.Trained;
import lyceum.model.training.TrainingTask;
import lyceum.model.transformer.InitialWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

class DistillationTest {
  private static final ModelConfig TEACHER = LearnerFixture.config(2, 32, 128);
  private static final ModelSettings STUDENT =
      new ModelSettings(128, 1, 2, 1, 16, 32, 10_000, true);

  private static DistillationSettings settings(double teacherWeight) {
    return new DistillationSettings(
        STUDENT, 5, 4, 128, 0.5, teacherWeight, 2, 2, LearnerFixture.optimizer(0.01));
  }

  @Test
  void train_stoppedAndResumedAnywhere_endsInTheSameBytes(@TempDir Path folder) {
    try (TokenShard text = LearnerFixture.shard(folder.resolve("text"), 100, 1)) {
      for (boolean withTeacher : new boolean[] {true, false}) {
        Distillation distillation =
            new Distillation(
                LearnerFixture.model(TEACHER, 1),
                settings(0.5),
                withTeacher,
                text,
                LearnerFixture.chats(8),
                1);
        Resumption.provesExact(
            new Resumption.Case<>(distillation::train, Trained::weights), folder, 1, 4);
      }
    }
  }

  @Test
  void train_withoutTeacher_isTheSameTrainingAtWeightZero(@TempDir Path folder) {
    try (TokenShard text = LearnerFixture.shard(folder.resolve("text"), 100, 1)) {
      LanguageModel teacher = LearnerFixture.model(TEACHER, 1);
      Trained control =
          new Distillation(teacher, settings(0.5), false, text, LearnerFixture.chats(8), 1)
              .train(Optional.empty(), new Recorder());
      Trained weightless =
          new Distillation(teacher, settings(0), true, text, LearnerFixture.chats(8), 1)
              .train(Optional.empty(), new Recorder());
      control
          .weights()
          .forEach(
              (name, weight) ->
                  assertThat(weightless.weights().get(name).values())
                      .as(name)
                      .containsExactly(weight.values(), within(1e-6f)));
    }
  }

  /** A student and a teacher on one row. */
  private static final class Pair implements AutoCloseable {
    final Computation computation = new Computation();
    final SortedMap<String, int[]> shapes = LanguageModel.shapes(TEACHER);
    final TrainingTask.Loss loss;

    Pair(double teacherWeight, long studentSeed, long teacherSeed) {
      Map<String, Operand<TFloat32>> student = computation.variables("", shapes);
      Map<String, Operand<TFloat32>> teacher = computation.variables("teacher/", shapes);
      TokenInputs inputs = TokenInputs.of(computation, 1, 8);
      loss =
          DistillationLoss.of(
              computation.tf(),
              new TokenGraph(computation, TEACHER, student, inputs, 8).loss(),
              new TokenGraph(computation, TEACHER, teacher, inputs, 8).loss(),
              inputs.weights_N(),
              settings(teacherWeight));
      computation.assign("", sharp(studentSeed));
      computation.assign("teacher/", sharp(teacherSeed));
    }

    /** Ten times the first weights: distributions that are far from uniform. */
    static SortedMap<String, FloatTensor> sharp(long seed) {
      SortedMap<String, FloatTensor> weights = new TreeMap<>();
      InitialWeights.of(TEACHER, seed)
          .forEach(
              (name, tensor) -> {
                float[] values = tensor.values().clone();
                for (int i = 0; i < values.length && tensor.shape().length > 1; i++) {
                  values[i] *= 10;
                }
                weights.put(name, new FloatTensor(tensor.shape(), values));
              });
      return weights;
    }

    TokenInputs.Builder row() {
      TokenInputs.Builder row = new TokenInputs.Builder(1, 8);
      row.append(0, new int[] {0, 20, 30, 40, 50, 60, 70, 80});
      for (int i = 0; i < 7; i++) {
        row.predict(i, 20 + 10 * i);
      }
      row.weigh(0, 7, 1.0 / 7);
      return row;
    }

    List<float[]> run(List<Operand<TFloat32>> fetches) {
      return computation.run(row().feeds(), fetches, List.of());
    }

    @Override
    public void close() {
      computation.close();
    }
  }

  @Test
  void loss_ofAStudentThatEqualsItsTeacher_hasNoDivergenceAndNoGradient() {
    try (Pair pair = new Pair(1, 4, 4)) {
      assertThat(pair.run(pair.loss.observed()).get(1)[0]).isCloseTo(0, within(1e-5f));
      pair.run(new ArrayList<>(pair.loss.gradients().values()))
          .forEach(
              gradient -> assertThat(gradient).contains(new float[gradient.length], within(2e-6f)));
    }
  }

  @Test
  void gradients_atATemperature_equalFiniteDifferences() {
    String name = "model.layers.0.mlp.up_proj.weight";
    try (Pair pair = new Pair(0.5, 4, 5)) {
      float[] gradient = pair.run(List.of(pair.loss.gradients().get(name))).getFirst();
      SortedMap<String, FloatTensor> weights = Pair.sharp(4);
      float[] values = weights.get(name).values();
      for (int at = 0; at < values.length; at += 311) {
        float original = values[at];
        values[at] = original + 0.02f;
        pair.computation.assign("", weights);
        double above = pair.run(List.of(pair.loss.value())).getFirst()[0];
        values[at] = original - 0.02f;
        pair.computation.assign("", weights);
        double below = pair.run(List.of(pair.loss.value())).getFirst()[0];
        values[at] = original;
        double difference = (above - below) / 0.04;
        assertThat((double) gradient[at])
            .isCloseTo(difference, within(1e-4 + 0.02 * Math.abs(difference)));
      }
    }
  }
}
