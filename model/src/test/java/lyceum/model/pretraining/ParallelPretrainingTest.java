package lyceum.model.pretraining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.Precision;
import lyceum.data.shard.TokenShard;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.parallel.Ranks;
import lyceum.model.parallel.Rendezvous;
import lyceum.model.training.LearnerFixture;
import lyceum.model.training.LearnerFixture.Recorder;
import lyceum.model.training.StepReport;
import lyceum.model.training.Trained;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import lyceum.model.training.WeightDigest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training by several processes, and by several threads with a TensorFlow session each. */
class ParallelPretrainingTest {
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

  private static Pretraining pretraining(int microBatches, int ranks) {
    return ParallelPretraining.of(
        train, validation, new ComputeSettings(microBatches, Precision.F32, false, ranks));
  }

  /** Rank 0 is this process; the others are processes of their own. */
  private static Trained acrossProcesses(
      int ranks,
      Optional<TrainingState> from,
      TrainingListener listener,
      Consumer<List<Process>> started)
      throws IOException, InterruptedException {
    return acrossProcesses(ranks, -1, pretraining(1, ranks), from, listener, started);
  }

  /** What a rank other than 0 wrote. */
  private static Path log(int rank) {
    return folder.resolve("rank-" + rank + ".log");
  }

  private static Trained acrossProcesses(
      int ranks,
      int rewinds,
      Pretraining leading,
      Optional<TrainingState> from,
      TrainingListener listener,
      Consumer<List<Process>> started)
      throws IOException, InterruptedException {
    List<Process> others = new ArrayList<>();
    try (Rendezvous meeting = Ranks.meeting(ranks)) {
      for (int rank = 1; rank < ranks; rank++) {
        others.add(
            new ProcessBuilder(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-Xmx512m",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    System.getProperty("java.class.path"),
                    TrainingRank.class.getName(),
                    Integer.toString(meeting.address().getPort()),
                    Integer.toString(rank),
                    Integer.toString(ranks),
                    folder.toString(),
                    Integer.toString(rewinds))
                .redirectErrorStream(true)
                .redirectOutput(log(rank).toFile())
                .start());
      }
      started.accept(others);
      try (ProcessGroup group = meeting.lead()) {
        return leading.train(group, from, listener);
      }
    } finally {
      for (Process other : others) {
        if (!other.waitFor(10, TimeUnit.SECONDS)) {
          other.destroyForcibly();
        }
      }
    }
  }

  private static String digest(Trained trained) {
    return WeightDigest.of(trained.weights());
  }

  @Test
  void train_onTwoProcesses_learnsAsOneDoesAndTheSameBitsAfterAKill() throws Exception {
    Recorder alone = new Recorder();
    Trained one = pretraining(2, 1).train(Optional.empty(), alone);
    Recorder together = new Recorder();
    Trained two = acrossProcesses(2, Optional.empty(), together, others -> {});

    assertThat(together.reports).hasSameSizeAs(alone.reports);
    for (int i = 0; i < alone.reports.size(); i++) {
      StepReport expected = alone.reports.get(i);
      StepReport found = together.reports.get(i);
      assertThat(found.loss()).isCloseTo(expected.loss(), within(1e-5 * expected.loss()));
      assertThat(found.gradientNorm())
          .isCloseTo(expected.gradientNorm(), within(1e-4 * expected.gradientNorm()));
      assertThat(found.tokens()).isEqualTo(expected.tokens());
      assertThat(found.metrics())
          .containsEntry(StepReport.RANKS, 2.0)
          .containsKey("layer_weight_norm/layer_001");
      expected
          .metrics()
          .forEach(
              (key, value) ->
                  assertThat(found.metrics().get(key))
                      .as(key)
                      .isCloseTo(value, within(1e-4 * Math.abs(value))));
    }
    assertThat(two.tokens()).isEqualTo(one.tokens());

    // Killed between the checkpoints of steps 3 and 6.
    List<Process> victims = new ArrayList<>();
    Recorder interrupted =
        new Recorder() {
          @Override
          public void onStep(StepReport report) {
            super.onStep(report);
            if (report.step() == 5) {
              victims.getFirst().destroyForcibly();
            }
          }
        };
    assertThatThrownBy(() -> acrossProcesses(2, Optional.empty(), interrupted, victims::addAll))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.EXTERNAL))
        .hasMessageContaining("Rank 1 of 2");
    TrainingState newest = interrupted.newest().orElseThrow();
    assertThat(newest.step()).isEqualTo(3);
    Path file = folder.resolve("state.safetensors");
    newest.write(file);
    Trained resumed =
        acrossProcesses(2, Optional.of(TrainingState.read(file)), new Recorder(), others -> {});
    assertThat(digest(resumed)).isEqualTo(digest(two));
  }

  @Test
  void train_onTwoProcessesWhoseLossJumps_goesBackOnBothAndGoesOnAtALowerRate() throws Exception {
    ComputeSettings two = new ComputeSettings(1, Precision.F32, false, 2);
    Recorder recorder = new Recorder();
    Trained trained =
        acrossProcesses(
            2,
            3,
            ParallelPretraining.spiking(train, validation, two, 3),
            Optional.empty(),
            recorder,
            others -> {});
    assertThat(recorder.rewinds).isNotEmpty();
    StepReport last = recorder.reports.getLast();
    assertThat(last.step()).isEqualTo(36);
    assertThat(last.learningRate())
        .isCloseTo(2 * Math.pow(0.1, recorder.rewinds.size()), within(1e-9));
    assertThat(trained.finalLoss()).isLessThan(recorder.reports.getFirst().loss());
    assertThat(Files.readString(log(1)))
        .as("the other process's weights")
        .contains(digest(trained));
  }

  @Test
  void train_onTwoProcessesWhoseLossJumpsTooOften_failsOnBothWithWhatWasSeen() throws Exception {
    ComputeSettings two = new ComputeSettings(1, Precision.F32, false, 2);
    assertThatThrownBy(
            () ->
                acrossProcesses(
                    2,
                    0,
                    ParallelPretraining.spiking(train, validation, two, 0),
                    Optional.empty(),
                    new Recorder(),
                    others -> {}))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
        .hasMessageContaining("diverged at step")
        .hasMessageContaining("the median loss before was");
    assertThat(Files.readString(log(1))).contains("diverged at step");
  }

  @Test
  void train_onFourThreads_endsInTheSameWeightsOnAllAndInEveryRun() {
    List<String> first = digests(4);
    assertThat(first).hasSize(4).containsOnly(first.getFirst());
    assertThat(digests(4)).isEqualTo(first);
  }

  private static List<String> digests(int ranks) {
    return Ranks.each(
        ranks,
        group -> digest(pretraining(1, ranks).train(group, Optional.empty(), new Recorder())));
  }

  @Test
  void train_whereRanksHaveDifferentSettings_isRefused() {
    assertThatThrownBy(
            () ->
                Ranks.each(
                    2,
                    group ->
                        pretraining(1 + group.rank(), 2)
                            .train(group, Optional.empty(), new Recorder())))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("was given another training than rank 0");
  }

  @Test
  void train_withRowsThatCannotBeShared_isRefused() {
    assertThatThrownBy(() -> pretraining(1, 3))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("batchSize 8 is not a multiple of")
        .hasMessageContaining("compute.ranks 3");
  }
}
