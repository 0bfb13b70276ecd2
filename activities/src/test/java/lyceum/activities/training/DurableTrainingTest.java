package lyceum.activities.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.activity.ActivityOptions;
import io.temporal.testing.TestActivityEnvironment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import lyceum.activities.LocalFiles;
import lyceum.activities.RecordingTracker;
import lyceum.activities.pretraining.PretrainingActivitiesImpl;
import lyceum.connectors.storage.DirectoryArtifactStore;
import lyceum.contracts.lifecycle.Effort;
import lyceum.contracts.lifecycle.StageContext;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.lifecycle.TrainingRun;
import lyceum.contracts.pretraining.PretrainingActivities;
import lyceum.contracts.pretraining.PretrainingInput;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ArtifactRef;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.Stage;
import lyceum.core.Tracker;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.EvaluationSettings;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.corpus.Document;
import lyceum.data.shard.CorpusEncoder;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.kernel.Kernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real pretraining as an activity, with a tracker that can be made to fail. */
class DurableTrainingTest {
  private static final List<Document> DOCUMENTS =
      IntStream.range(0, 60)
          .mapToObj(
              i ->
                  new Document(
                      "" + i, "text", "Anna has ball " + i + " and Ben has none. So it is hers."))
          .toList();
  private static final TrainingRun RUN =
      new TrainingRun(
          new StageContext("run", "recipe", "line", "ann", "parent", false),
          Stage.PRETRAINING,
          "key",
          "base",
          "tracking");

  @TempDir Path folder;

  private final TestActivityEnvironment environment = TestActivityEnvironment.newInstance();
  private final FailingTracker tracker = new FailingTracker();
  private LocalFiles files;
  private PretrainingActivities activities;

  /** Dies once, after a checkpoint was published and before its points were taken down. */
  private static final class FailingTracker extends RecordingTracker {
    private int failures;

    @Override
    public void logMetrics(String runId, List<Metric> rows) {
      if (failures-- > 0) {
        throw LyceumException.external("The tracking server is away.");
      }
      super.logMetrics(runId, rows);
    }
  }

  @BeforeEach
  void start() {
    files =
        new LocalFiles(new DirectoryArtifactStore(folder.resolve("store")), folder.resolve("work"));
    environment.registerActivitiesImplementations(
        new PretrainingActivitiesImpl(
            files,
            new DurableTraining(
                files,
                tracker,
                (ranks, meanwhile) -> {
                  throw new IllegalStateException("one rank trains here, not " + ranks);
                })));
    // The environment's own options end an activity that is silent for a second.
    activities =
        environment.newActivityStub(
            PretrainingActivities.class,
            ActivityOptions.newBuilder().setScheduleToCloseTimeout(Duration.ofHours(1)).build());
  }

  @AfterEach
  void stop() {
    environment.close();
  }

  private PretrainingActivities.TrainRequest request(int rows) {
    BpeTokenizer tokenizer =
        BpeTrainer.train(
            DOCUMENTS.stream().map(Document::text).toList(), new TokenizerSettings(300, 100_000));
    Path shard = folder.resolve("tokens");
    CorpusEncoder.Encoded encoded =
        new CorpusEncoder(tokenizer, 1).encode(DOCUMENTS, shard, n -> {});
    ArtifactRef tokens = files.store().put(shard);
    TokenizerResult result =
        new TokenizerResult(
            files.store().put(tokenizer.toJson().getBytes(StandardCharsets.UTF_8)),
            files.store().put(ChatTemplate.tokenizerConfigJson().getBytes(StandardCharsets.UTF_8)),
            tokens,
            tokens,
            tokenizer.vocabularySize(),
            encoded.tokens(),
            encoded.tokens(),
            encoded.bytes(),
            1,
            null);
    OptimizerSettings optimizer =
        new OptimizerSettings(
            0.01, 0.1, 1, OptimizerSettings.Schedule.COSINE, 0, 0.9, 0.95, 1e-8, 1);
    return new PretrainingActivities.TrainRequest(
        RUN,
        new PretrainingInput(
            new ModelConfig(tokenizer.vocabularySize(), 32, 2, 2, 1, 16, 32, 10_000, 1e-5, true),
            new PretrainingSettings(null, 6, rows, 32, 2, 3, optimizer, ComputeSettings.PLAIN),
            new EvaluationSettings(100, 8, 1),
            result,
            1));
  }

  @Test
  void train_whoseAttemptDiesBehindACheckpoint_recordsEveryPointAndTextOnceAndAllItsCost() {
    PretrainingActivities.TrainRequest request = request(4);
    tracker.failures = 1;
    assertThatThrownBy(() -> activities.train(request))
        .hasStackTraceContaining("The tracking server is away");
    TrainedModel trained = activities.train(request);

    Set<Tracker.Metric> points = tracker.metrics.get("tracking");
    Map<String, List<Tracker.Metric>> curves =
        points.stream().collect(Collectors.groupingBy(Tracker.Metric::key));
    assertThat(curves)
        .containsKeys(
            "base/loss",
            "base/validation_bits_per_byte",
            "base/learning_rate",
            "base/gradient_norm",
            "base/tokens_per_second",
            "base/flops_per_second",
            "base/memory_bytes",
            "base/energy_joules",
            "base/layer_weight_norm/embed_tokens",
            "base/layer_weight_norm/layer_001",
            "base/layer_gradient_norm/layer_000");
    curves.forEach(
        (key, curve) ->
            assertThat(curve.stream().map(Tracker.Metric::step)).as(key).doesNotHaveDuplicates());
    assertThat(curves.get("base/loss")).hasSize(6);
    assertThat(curves.containsKey("base/share_of_peak")).isEqualTo(Kernels.available().isPresent());
    List<Double> energy =
        curves.get("base/energy_joules").stream()
            .sorted(Comparator.comparingLong(Tracker.Metric::step))
            .map(Tracker.Metric::value)
            .toList();
    assertThat(energy).isSorted();
    Effort effort = trained.effort();
    assertThat(effort).isNotNull();
    assertThat(effort.attempts()).isEqualTo(2);
    assertThat(effort.joules()).isGreaterThanOrEqualTo(energy.getLast());
    assertThat(effort.dollars()).isPositive();
    assertThat(effort.basis()).containsPattern("assumed|measured");

    assertThat(tracker.artifacts)
        .containsOnlyKeys(
            "tracking/samples/base/step-00000003.txt", "tracking/samples/base/step-00000006.txt");
    assertThat(tracker.artifacts.values())
        .allSatisfy(text -> assertThat(text).startsWith("Anna has").contains(" >>> "));
  }

  @Test
  void train_thatNoMachineHolds_isRefusedWithNumbersBeforeTheFirstStep() {
    assertThatThrownBy(() -> activities.train(request(1 << 28)))
        .hasStackTraceContaining("The pretraining needs about")
        .hasStackTraceContaining("set compute.microBatches to");
    assertThat(tracker.metrics).isEmpty();
    assertThat(files.store().listDocuments("checkpoints/")).isEmpty();
  }
}
