package lyceum.model.pretraining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.Score;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.Precision;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.core.recipe.SourceWeight;
import lyceum.data.shard.TokenShard;
import lyceum.model.evaluation.BitsPerByte;
import lyceum.model.evaluation.NgramBaselines;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.LearnerFixture;
import lyceum.model.training.LearnerFixture.Recorder;
import lyceum.model.training.MixedText;
import lyceum.model.training.Resumption;
import lyceum.model.training.Seeds;
import lyceum.model.training.StepReport;
import lyceum.model.training.Trained;
import lyceum.model.training.TrainingState;
import lyceum.model.training.WeightDigest;
import lyceum.model.transformer.InitialWeights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainingTest {
  private static final ModelConfig CONFIG = LearnerFixture.config(2, 32, 32);

  @TempDir private static Path folder;
  private static TokenShard train;
  private static TokenShard validation;

  @BeforeAll
  static void writeText() {
    train = LearnerFixture.shard(folder.resolve("train"), 400, 1);
    validation = LearnerFixture.shard(folder.resolve("validation"), 30, 2);
  }

  @AfterAll
  static void close() {
    train.close();
    validation.close();
  }

  private static Pretraining pretraining(int steps, OptimizerSettings optimizer, long seed) {
    PretrainingSettings settings = new PretrainingSettings(steps, 4, 32, 2, 5, optimizer);
    return new Pretraining(
        CONFIG, settings, train, validation, 600, LearnerFixture.TOKENIZER, seed);
  }

  @Test
  void train_stoppedAndResumedAnywhere_endsInTheSameBytes() {
    Pretraining pretraining = pretraining(7, LearnerFixture.optimizer(0.01), 1);
    Resumption.provesExact(
        new Resumption.Case<>(pretraining::train, Trained::weights), folder, 1, 2, 5, 7);
  }

  @Test
  void train_onAMixtureStoppedAnywhere_endsInTheSameBytesAndSaysHowOftenTextWasSeen() {
    Path file = folder.resolve("two-sources");
    PretrainingSettings settings =
        new PretrainingSettings(7, 4, 32, 2, 5, LearnerFixture.optimizer(0.01))
            .withMixture(List.of(new SourceWeight("even", 1, 0), new SourceWeight("odd", 3, 1)));
    try (TokenShard mixed = LearnerFixture.shardOfTwoSources(file, 60, 1)) {
      Pretraining pretraining =
          new Pretraining(CONFIG, settings, mixed, validation, 600, LearnerFixture.TOKENIZER, 1);
      Resumption.provesExact(
          new Resumption.Case<>(pretraining::train, Trained::weights), folder, 1, 4, 7);
      Recorder recorder = new Recorder();
      pretraining.train(Optional.empty(), recorder);
      assertThat(recorder.reports.getLast().metrics())
          .containsKeys(MixedText.EPOCHS + "even", MixedText.EPOCHS + "odd");
    }
  }

  @Test
  void train_onAMixtureThatIsTooShort_isRefusedBeforeTheFirstStep() {
    Path file = folder.resolve("too-short");
    PretrainingSettings settings =
        new PretrainingSettings(900, 4, 32, 2, 5, LearnerFixture.optimizer(0.01))
            .withMixture(List.of(new SourceWeight("even", 1, 1), new SourceWeight("odd", 1, 2)));
    try (TokenShard mixed = LearnerFixture.shardOfTwoSources(file, 60, 1)) {
      Recorder recorder = new Recorder();
      assertThatThrownBy(
              () ->
                  new Pretraining(
                          CONFIG, settings, mixed, validation, 600, LearnerFixture.TOKENIZER, 1)
                      .train(Optional.empty(), recorder))
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining("the training takes 3600");
      assertThat(recorder.reports).isEmpty();
    }
  }

  /** Large beside what float sums of a few hundred terms in another order can differ by. */
  private static final float ROUNDING = 2e-5f;

  private static Pretraining inMicroBatches(int steps, int microBatches) {
    PretrainingSettings settings =
        new PretrainingSettings(
            steps,
            4,
            32,
            2,
            5,
            LearnerFixture.optimizer(0.01),
            new ComputeSettings(microBatches, Precision.F32, false));
    return new Pretraining(CONFIG, settings, train, validation, 600, LearnerFixture.TOKENIZER, 1);
  }

  @Test
  void train_inMicroBatches_learnsWhatTheWholeBatchTeaches() {
    Recorder whole = new Recorder();
    SortedMap<String, FloatTensor> expected =
        inMicroBatches(3, 1).train(Optional.empty(), whole).weights();
    for (int microBatches : new int[] {2, 4}) {
      Recorder parts = new Recorder();
      Trained trained = inMicroBatches(3, microBatches).train(Optional.empty(), parts);
      trained
          .weights()
          .forEach(
              (name, tensor) ->
                  assertThat(tensor.values())
                      .as("%s in %d micro-batches", name, microBatches)
                      .containsExactly(expected.get(name).values(), within(ROUNDING)));
      for (int step = 0; step < 3; step++) {
        StepReport one = whole.reports.get(step);
        StepReport other = parts.reports.get(step);
        assertThat(other.loss()).isCloseTo(one.loss(), within(1e-5));
        assertThat(other.gradientNorm()).isCloseTo(one.gradientNorm(), within(1e-5));
        assertThat(other.tokens()).isEqualTo(one.tokens());
      }
    }
  }

  @Test
  void train_stoppedInTheMiddleOfAStep_endsInTheSameBytes() {
    Pretraining pretraining = inMicroBatches(4, 4);
    Resumption.Case<Trained> one = new Resumption.Case<>(pretraining::train, Trained::weights);
    Resumption.provesExactInTheMiddle(one, folder, 0, 1);
    Resumption.provesExactInTheMiddle(one, folder, 3, 3);
  }

  @Test
  void train_withAnotherSeed_endsInOtherWeights() {
    Trained one =
        pretraining(1, LearnerFixture.optimizer(0.01), 1).train(Optional.empty(), new Recorder());
    Trained other =
        pretraining(1, LearnerFixture.optimizer(0.01), 2).train(Optional.empty(), new Recorder());
    assertThat(one.weights()).isNotEqualTo(other.weights());
  }

  @Test
  void train_onText_beatsCountingAndReportsWhatEvaluationMeasures() {
    Recorder recorder = new Recorder();
    Trained trained =
        pretraining(150, LearnerFixture.optimizer(0.01), 1).train(Optional.empty(), recorder);
    double unigram =
        NgramBaselines.measure(train, validation, LearnerFixture.TOKENIZER, 600).stream()
            .filter(score -> score.metric().equals("unigram_bits_per_byte"))
            .mapToDouble(Score::value)
            .findFirst()
            .orElseThrow();
    StepReport last = recorder.reports.getLast();
    double reported = last.metrics().get(Pretraining.VALIDATION_BITS_PER_BYTE);
    assertThat(reported).isLessThan(0.5 * unigram);
    Score measured =
        BitsPerByte.measure(
            new LanguageModel(CONFIG, trained.weights(), LearnerFixture.TOKENIZER),
            validation,
            600);
    assertThat(measured.value()).isCloseTo(reported, within(1e-5));
    assertThat(last.step()).isEqualTo(150);
    assertThat(last.tokens()).isEqualTo(trained.tokens());
    assertThat(recorder.reports.getFirst().metrics()).isEmpty();
  }

  @Test
  void train_fromAStateOfAnotherTraining_isRefused() {
    Recorder recorder = new Recorder();
    pretraining(2, LearnerFixture.optimizer(0.01), 1).train(Optional.empty(), recorder);
    TrainingState state = recorder.newest().orElseThrow();
    assertThatThrownBy(
            () ->
                pretraining(2, LearnerFixture.optimizer(0.02), 1)
                    .train(Optional.of(state), new Recorder()))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("belongs to another training");
    SortedMap<String, FloatTensor> partial = new TreeMap<>(state.tensors());
    partial.remove("adam.v/model.norm.weight");
    TrainingState broken = new TrainingState(state.step(), partial, state.metadata());
    assertThatThrownBy(
            () ->
                pretraining(2, LearnerFixture.optimizer(0.01), 1)
                    .train(Optional.of(broken), new Recorder()))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("adam.v/model.norm.weight");
  }

  @Test
  void train_atAnAbsurdRate_saysThatItDiverged() {
    OptimizerSettings absurd =
        new OptimizerSettings(
            1e30, 1, 0, OptimizerSettings.Schedule.CONSTANT, 0, 0.9, 0.95, 1e-8, 1);
    Recorder recorder = new Recorder();
    assertThatThrownBy(() -> pretraining(20, absurd, 1).train(Optional.empty(), recorder))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
        .hasMessageContaining("diverged at step")
        .hasMessageContaining("Lower the learning rate");
    assertThat(recorder.newest().map(TrainingState::step).orElse(0L))
        .isLessThan(recorder.reports.size() + 1L);
  }

  @Test
  void train_fromAParentsWeights_goesOnWhereItStopped() {
    OptimizerSettings optimizer = LearnerFixture.optimizer(0.01);
    LearnerFixture.Recorder first = new LearnerFixture.Recorder();
    Trained parent = pretraining(20, optimizer, 1).train(Optional.empty(), first);
    LearnerFixture.Recorder second = new LearnerFixture.Recorder();
    new Pretraining(
            CONFIG,
            new PretrainingSettings(2, 4, 32, 2, 5, optimizer),
            train,
            validation,
            600,
            LearnerFixture.TOKENIZER,
            parent.weights(),
            1)
        .train(Optional.empty(), second);
    // The same batch as the parent's first, after what it has learned since.
    assertThat(second.reports.getFirst().loss()).isLessThan(first.reports.getFirst().loss() - 0.5);
  }

  /** The rate rises until the loss jumps; a tenth of it is low enough. */
  private static Pretraining spiking(int rewinds) {
    return ParallelPretraining.spiking(train, validation, ComputeSettings.PLAIN, rewinds);
  }

  @Test
  void train_whoseLossJumps_goesBackToTheSameBytesWhereverItStops() {
    Recorder whole = new Recorder();
    Trained expected = spiking(3).train(Optional.empty(), whole);
    assertThat(whole.rewinds).isNotEmpty();
    assertThat(expected.finalLoss()).isLessThan(whole.reports.getFirst().loss());
    int before = 0;
    while (whole.reports.get(before + 1).step() > whole.reports.get(before).step()) {
      before++;
    }
    // Before it jumps, in the steps that are made again, and after the next checkpoint.
    for (int reports : new int[] {before, before + 3, before + 15}) {
      Recorder first = new Recorder();
      first.stopAfterReports(reports);
      assertThatThrownBy(() -> spiking(3).train(Optional.empty(), first))
          .isInstanceOf(LearnerFixture.Stopped.class);
      Recorder second = new Recorder();
      second.states.putAll(first.states);
      Trained resumed = spiking(3).train(first.newest(), second);
      assertThat(WeightDigest.of(resumed.weights()))
          .as("stopped after %d reports", reports)
          .isEqualTo(WeightDigest.of(expected.weights()));
    }
  }

  @Test
  void report_ofLayers_addsUpToTheWhole() {
    Recorder recorder = new Recorder();
    pretraining(1, LearnerFixture.optimizer(0.01), 1).train(Optional.empty(), recorder);
    StepReport report = recorder.reports.getFirst();
    assertThat(length(report, "layer_gradient_norm/"))
        .isCloseTo(report.gradientNorm(), within(1e-5 * report.gradientNorm()));
    double weights = 0;
    for (FloatTensor tensor : InitialWeights.of(CONFIG, Seeds.derive(1, 0)).values()) {
      for (float value : tensor.values()) {
        weights += (double) value * value;
      }
    }
    assertThat(length(report, "layer_weight_norm/"))
        .isCloseTo(Math.sqrt(weights), within(1e-5 * Math.sqrt(weights)));
    assertThat(report.metrics())
        .containsKeys("layer_weight_norm/layer_000", "layer_weight_norm/embed_tokens");
    assertThat(report.samples()).containsOnlyKeys("prompt-1", "prompt-2", "prompt-3");
  }

  private static double length(StepReport report, String prefix) {
    return Math.sqrt(
        report.metrics().entrySet().stream()
            .filter(entry -> entry.getKey().startsWith(prefix))
            .mapToDouble(entry -> entry.getValue() * entry.getValue())
            .sum());
  }

  @Test
  void train_whoseLossJumpsTooOften_saysWhatItSaw() {
    assertThatThrownBy(() -> spiking(0).train(Optional.empty(), new Recorder()))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
        .hasMessageContaining("diverged at step")
        .hasMessageContaining("the median loss before was");
  }

  @Test
  void constructor_forAModelThatIsTooSmall_isRefused() {
    PretrainingSettings longRows =
        new PretrainingSettings(1, 1, 64, 1, 1, LearnerFixture.optimizer(0.01));
    assertThatThrownBy(
            () ->
                new Pretraining(
                    CONFIG, longRows, train, validation, 600, LearnerFixture.TOKENIZER, 1))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("pretraining.contextLength 64");
  }
}
