package lyceum.model.pretraining;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.Precision;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.data.shard.TokenShard;
import lyceum.model.training.LearnerFixture;
import lyceum.model.training.StepReport;
import lyceum.model.training.Trained;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import lyceum.model.training.WeightDigest;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A training in a process of its own that is killed between two micro-batches. */
class KilledTrainingTest {
  private static final int STEPS = 6;
  private static final int MICRO_BATCHES = 4;
  private static final String REACHED = "reached";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"F32,true", "F32,false", "BF16,true", "BF16,false"})
  void train_killedAnywhereAndResumedInAnotherProcess_endsInTheSameBytes(
      Precision precision, boolean recompute) throws IOException, InterruptedException {
    String whole = digest(precision, recompute, folder.resolve("whole"), -1, 0);
    SplittableRandom random = new SplittableRandom(2L * precision.ordinal() + (recompute ? 0 : 9));
    int step = random.nextInt(1, STEPS);
    int microBatch = random.nextInt(1, MICRO_BATCHES);
    Path killed = folder.resolve("killed");
    Process process = start(precision, recompute, killed, step, microBatch);
    try (BufferedReader out = process.inputReader()) {
      assertThat(out.lines().filter(REACHED::equals).findFirst()).isPresent();
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(process.exitValue()).as("killed, not ended").isEqualTo(128 + 9);
    assertThat(digest(precision, recompute, killed, -1, 0))
        .as("%s, killed after %d steps and %d micro-batches", precision, step, microBatch)
        .isEqualTo(whole);
  }

  private static String digest(
      Precision precision, boolean recompute, Path folder, int step, int microBatch)
      throws IOException, InterruptedException {
    Process process = start(precision, recompute, folder, step, microBatch);
    List<String> lines = process.inputReader().lines().toList();
    assertThat(process.waitFor()).as("%s", lines).isZero();
    return lines.getLast();
  }

  private static Process start(
      Precision precision, boolean recompute, Path folder, int step, int microBatch)
      throws IOException {
    Files.createDirectories(folder);
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            InOwnProcess.class.getName(),
            precision.name(),
            folder.toString(),
            String.valueOf(step),
            String.valueOf(microBatch),
            String.valueOf(recompute))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Trains from the newest state in the folder where there is one, and prints the digest. */
  static final class InOwnProcess {
    private InOwnProcess() {}

    public static void main(String[] arguments) {
      Path folder = Path.of(arguments[1]);
      PretrainingSettings settings =
          new PretrainingSettings(
              STEPS,
              4,
              32,
              2,
              5,
              LearnerFixture.optimizer(0.01),
              new ComputeSettings(
                  MICRO_BATCHES,
                  Precision.valueOf(arguments[0]),
                  Boolean.parseBoolean(arguments[4])));
      Path newest = folder.resolve("state.safetensors");
      Optional<TrainingState> from =
          Files.exists(newest) ? Optional.of(TrainingState.read(newest)) : Optional.empty();
      try (TokenShard train = LearnerFixture.shard(folder.resolve("train"), 200, 1);
          TokenShard validation = LearnerFixture.shard(folder.resolve("validation"), 10, 2)) {
        Trained trained =
            new Pretraining(
                    LearnerFixture.config(2, 32, 32),
                    settings,
                    train,
                    validation,
                    300,
                    LearnerFixture.TOKENIZER,
                    1)
                .train(
                    from,
                    new Keeper(
                        newest, Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3])));
        System.out.println(WeightDigest.of(trained.weights()));
      }
    }
  }

  /** Keeps the state of one place between micro-batches, says so and waits to be killed. */
  private record Keeper(Path file, int step, int microBatch) implements TrainingListener {
    @Override
    public void onMicroBatch(long steps, int microBatches, Supplier<TrainingState> state) {
      if (steps == step && microBatches == microBatch) {
        state.get().write(file);
        System.out.println(REACHED);
        try {
          Thread.sleep(60_000);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @Override
    public void onStep(StepReport report) {}

    @Override
    public void onCheckpoint(TrainingState state) {}
  }
}
