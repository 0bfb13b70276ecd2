package lyceum.bench.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import lyceum.bench.comparison.BenchOptions;
import lyceum.bench.comparison.Case;
import lyceum.bench.comparison.ChildContestant;
import lyceum.bench.comparison.Commands;
import lyceum.bench.comparison.Contestant;
import lyceum.bench.comparison.Measure;
import lyceum.core.recipe.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lyceum bench train}. */
@Command(
    name = "train",
    description = "Pre-training steps, in tokens a second and peak memory, next to PyTorch.")
public final class TrainBench implements Callable<Integer> {
  static final Measure SPEED = Measure.rate("training", "tokens/s");

  /**
   * The model's arithmetic as a share of what the processor multiplies at best in this precision,
   * measured by {@link lyceum.model.kernel.Kernels#measurePeak}.
   */
  static final Measure SHARE = Measure.rate("share of matmul peak", "%");

  static final Measure MEMORY = Measure.cost("peak memory", "MB");

  /** Models to measure. */
  enum Size {
    SMALL("6.9 M", 4096, 256, 6, 4, 256, 16),
    LARGE("34 M", 8192, 512, 8, 8, 512, 8);

    private final String parameters;
    private final int vocabulary;
    private final int width;
    private final int layers;
    private final int heads;
    private final int context;
    private final int batch;

    Size(
        String parameters,
        int vocabulary,
        int width,
        int layers,
        int heads,
        int context,
        int batch) {
      this.parameters = parameters;
      this.vocabulary = vocabulary;
      this.width = width;
      this.layers = layers;
      this.heads = heads;
      this.context = context;
      this.batch = batch;
    }

    ObjectNode setup(int cores, int steps) {
      return new ObjectMapper()
          .createObjectNode()
          .put("vocabulary", vocabulary)
          .put("width", width)
          .put("layers", layers)
          .put("heads", heads)
          .put("context", context)
          .put("batch", batch)
          // Two thirds of four times the width, in whole 64s: SwiGLU with as many weights as a
          // plain layer (arXiv 2002.05202).
          .put("hidden", (8 * width / 3 + 63) / 64 * 64)
          .put("threads", cores)
          .put("steps", steps);
    }
  }

  @Option(
      names = "--size",
      split = ",",
      defaultValue = "SMALL,LARGE",
      description =
          "SMALL: 6.9 M parameters, 256 wide, 6 layers, 16 rows of 256 tokens. LARGE: 34 M, 512 wide, 8 layers, 8 rows of 512 (default ${DEFAULT-VALUE}).")
  private List<Size> sizes = List.of();

  @Option(
      names = "--precision",
      split = ",",
      defaultValue = "BF16,F32",
      description = "Of matrix products: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}).")
  private List<Precision> precisions = List.of();

  @Option(
      names = "--cores",
      defaultValue = "2",
      description = "Cores, and threads of either side (default ${DEFAULT-VALUE}).")
  private int cores = 2;

  @Option(
      names = "--steps",
      defaultValue = "5",
      description = "Steps a round, of which the middle one counts (default ${DEFAULT-VALUE}).")
  private int steps = 5;

  @Mixin private BenchOptions options = new BenchOptions();

  @Override
  public Integer call() {
    List<Case> cases = new ArrayList<>();
    for (Size size : sizes) {
      for (Precision precision : precisions) {
        ObjectNode setup = size.setup(cores, steps).put("precision", precision.name());
        List<Supplier<Contestant>> peers = new ArrayList<>();
        for (boolean compiled : new boolean[] {false, true}) {
          peers.add(() -> peer(setup.deepCopy().put("compiled", compiled)));
        }
        cases.add(
            new Case(
                size.parameters + " parameters, " + precision.name().toLowerCase(Locale.ROOT),
                List.of(SPEED, SHARE, MEMORY),
                () -> ours(setup),
                peers));
      }
    }
    options.run(
        "Steps of pre-training a Llama-style decoder on random tokens: forward, backward, clipping by the global norm, AdamW. The same architecture, batch and tokens; PyTorch eager and compiled, with autocast for bf16, fused AdamW and scaled_dot_product_attention; the ratio is against the faster. A round is the middle of %d steps. The share of peak is the model's arithmetic (no recomputation) against products from the nearest cache on the same cores, measured after each round. Each side in a process of its own on %d cores."
            .formatted(steps, cores),
        1,
        cases);
    return 0;
  }

  private Contestant ours(ObjectNode setup) {
    return ChildContestant.start(
        Commands.onCores(cores, Commands.ours(TrainContestant.class, List.of("-Xmx2g"))),
        Map.of(),
        setup);
  }

  private Contestant peer(ObjectNode setup) {
    return ChildContestant.start(
        Commands.onCores(cores, Commands.python(TrainBench.class, "train_peer.py")),
        Map.of("OMP_NUM_THREADS", Integer.toString(cores)),
        setup);
  }
}
