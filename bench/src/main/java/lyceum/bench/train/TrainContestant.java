package lyceum.bench.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import lyceum.core.ModelConfig;
import lyceum.core.plan.TrainingWork;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.Precision;
import lyceum.model.format.FloatTensor;
import lyceum.model.kernel.Kernels;
import lyceum.model.training.Computation;
import lyceum.model.training.StepReport;
import lyceum.model.training.TokenGraph;
import lyceum.model.training.TokenInputs;
import lyceum.model.training.Trainer;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import lyceum.model.training.TrainingTask;
import lyceum.model.transformer.InitialWeights;
import lyceum.model.transformer.TokenLoss;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Our side: the product's trainer on random tokens, some steps on request. */
final class TrainContestant implements TrainingTask, TrainingListener {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long SEED = 1;
  private static final int CHECKPOINT_NEVER = Integer.MAX_VALUE;
  private static final long WITHOUT_END = 1_000_000;

  private final BufferedReader in;
  private final ModelConfig config;
  private final ComputeSettings compute;
  private final int batch;
  private final double flopsPerToken;
  private final double[] seconds;
  private int done;
  private long began;

  private TrainContestant(BufferedReader in, JsonNode setup) {
    this.in = in;
    this.config =
        new ModelConfig(
            setup.path("vocabulary").asInt(),
            setup.path("context").asInt(),
            setup.path("layers").asInt(),
            setup.path("heads").asInt(),
            setup.path("heads").asInt(),
            setup.path("width").asInt(),
            setup.path("hidden").asInt(),
            10_000,
            1e-5,
            false);
    this.compute =
        new ComputeSettings(1, Precision.valueOf(setup.path("precision").asText()), false);
    this.batch = setup.path("batch").asInt();
    this.flopsPerToken =
        new TrainingWork(
                name(),
                config,
                1,
                batch,
                config.contextLength(),
                compute.precision() == Precision.BF16,
                compute.recompute())
            .flopsPerToken();
    this.seconds = new double[setup.path("steps").asInt()];
  }

  public static void main(String[] args) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    TrainContestant contestant = new TrainContestant(in, JSON.readTree(in.readLine()));
    String kernels = Kernels.available().map(Kernels::instructionSet).orElse("stock operations");
    System.out.println(JSON.createObjectNode().put("name", "Lyceum (" + kernels + ")"));
    contestant.awaitRound();
    OptimizerSettings optimizer =
        new OptimizerSettings(
            1e-3, 1, 0, OptimizerSettings.Schedule.COSINE, 0.1, 0.9, 0.95, 1e-8, 1);
    new Trainer(contestant, optimizer, WITHOUT_END, CHECKPOINT_NEVER)
        .train(Optional.empty(), contestant);
  }

  private void awaitRound() {
    try {
      if (in.readLine() == null) {
        System.exit(0);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    began = System.nanoTime();
  }

  @Override
  public void onStep(StepReport report) {
    long now = System.nanoTime();
    seconds[done++] = (now - began) / 1e9;
    began = now;
    if (done == seconds.length) {
      done = 0;
      double[] sorted = seconds.clone();
      Arrays.sort(sorted);
      double median = sorted[sorted.length / 2];
      double speed = batch * config.contextLength() / median;
      ObjectNode yield =
          JSON.createObjectNode()
              .put(TrainBench.SPEED.name(), speed)
              .put(TrainBench.MEMORY.name(), peakMemory())
              .put("loss", report.loss());
      Kernels.available()
          .ifPresent(
              kernels ->
                  yield.put(
                      TrainBench.SHARE.name(),
                      100 * speed * flopsPerToken / kernels.measurePeak(compute.precision())));
      System.out.println(yield);
      awaitRound();
    }
  }

  @Override
  public void onCheckpoint(TrainingState state) {}

  /** Largest resident set so far, in MB. */
  private static double peakMemory() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmHWM:")) {
          return Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024 / 1e6;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("The system does not say how much memory this process took.");
  }

  @Override
  public String name() {
    return "bench";
  }

  @Override
  public String contract() {
    return config.toString();
  }

  @Override
  public SortedMap<String, FloatTensor> initialWeights() {
    return InitialWeights.of(config, SEED);
  }

  @Override
  public Loss build(Computation computation, Map<String, Operand<TFloat32>> weights) {
    TokenInputs inputs = TokenInputs.of(computation, batch, config.contextLength());
    TokenLoss.Learned learned =
        new TokenGraph(computation, config, weights, inputs, config.contextLength(), compute)
            .loss()
            .learned();
    return new Loss(learned.value(), learned.gradients(), List.of());
  }

  @Override
  public Batch batch(Computation computation, long step) {
    SplittableRandom random = new SplittableRandom(SEED + step);
    int length = config.contextLength();
    TokenInputs.Builder inputs = new TokenInputs.Builder(batch, length);
    for (int row = 0; row < batch; row++) {
      int[] ids = random.ints(length + 1, 0, config.vocabularySize()).toArray();
      int start = inputs.append(row, ids, 0, length);
      for (int i = 0; i < length; i++) {
        inputs.predict(start + i, ids[i + 1]);
      }
    }
    inputs.weigh(0, inputs.count(), 1.0 / inputs.count());
    return new Batch(List.of(inputs.feeds()), inputs.count());
  }
}
