package lyceum.bench.step;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.plan.MachineMemory;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.pretraining.Pretraining;
import lyceum.model.training.StepReport;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Pretrains a model of given dimensions on random tokens for a few steps, checkpoint included, and
 * prints one line of JSON: the median time of a step and the most memory that this process held.
 */
@Command(
    name = "step",
    description = "Run a few steps of pretraining; print their median time and the peak memory.")
public final class StepBench implements Callable<Integer> {
  private static final JsonMapper JSON = new JsonMapper();

  /** Steps at first in which graphs are built and memory is taken. */
  private static final int WARM_UP = 2;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "JSON",
      description = "Dimensions, as lyceum.core.ModelConfig is written.")
  private String model = "";

  @Option(
      names = "--pretraining",
      required = true,
      paramLabel = "JSON",
      description = "Settings, as lyceum.core.recipe.PretrainingSettings is written.")
  private String pretraining = "";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    ModelConfig config = read(model, ModelConfig.class);
    PretrainingSettings settings = read(pretraining, PretrainingSettings.class);
    Path folder = Files.createTempDirectory("lyceum-step");
    try (TokenShard shard = randomTokens(folder.resolve("tokens.bin"), settings)) {
      Times times = new Times();
      new Pretraining(config, settings, shard, shard, settings.contextLength(), tokenizer(), 1)
          .train(Optional.empty(), times);
      List<Double> steady = times.seconds.subList(WARM_UP, times.seconds.size());
      double median = steady.stream().sorted().toList().get(steady.size() / 2);
      ObjectNode result = JSON.createObjectNode();
      result.put("stepSeconds", median);
      result.put("peakBytes", MachineMemory.peakOfThisProcess());
      result.put("steps", steady.size());
      spec.commandLine().getOut().println(result);
      return 0;
    } finally {
      Files.deleteIfExists(folder.resolve("tokens.bin"));
      Files.delete(folder);
    }
  }

  private static final class Times implements TrainingListener {
    final List<Double> seconds = new ArrayList<>();
    private long last = System.nanoTime();

    @Override
    public void onStep(StepReport report) {
      long now = System.nanoTime();
      seconds.add((now - last) / 1e9);
      last = now;
    }

    @Override
    public void onCheckpoint(TrainingState state) {
      last = System.nanoTime();
    }
  }

  private static TokenShard randomTokens(Path file, PretrainingSettings settings) {
    SplittableRandom random = new SplittableRandom(1);
    int first = SpecialTokens.ALL.size();
    List<int[]> documents =
        IntStream.range(0, 8)
            .mapToObj(
                i -> {
                  int[] ids =
                      random.ints(4 * settings.contextLength(), first, first + 256).toArray();
                  ids[0] = SpecialTokens.BOS;
                  return ids;
                })
            .toList();
    return TokenShard.write(file, documents.iterator());
  }

  /** The smallest there is; the model's vocabulary may be larger. */
  private static BpeTokenizer tokenizer() {
    return BpeTrainer.train(List.of("a few words to learn from"), new TokenizerSettings(300, 100));
  }

  private static <T> T read(String json, Class<T> type) {
    try {
      return JSON.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw LyceumException.user(
          "Cannot read " + type.getSimpleName() + ": " + e.getOriginalMessage(), e);
    }
  }
}
