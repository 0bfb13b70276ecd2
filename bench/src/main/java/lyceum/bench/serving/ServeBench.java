package lyceum.bench.serving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import lyceum.bench.comparison.BenchOptions;
import lyceum.bench.comparison.Case;
import lyceum.bench.comparison.Commands;
import lyceum.bench.comparison.Measure;
import lyceum.core.LyceumException;
import lyceum.model.inference.WeightPrecision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lyceum bench serve}. */
@Command(
    name = "serve",
    description =
        "Tokens a second and the time to the first token under load, next to llama.cpp's server.")
public final class ServeBench implements Callable<Integer> {
  static final Measure RATE = Measure.rate("generation", "tokens/s");
  static final Measure FIRST_MEDIAN = Measure.cost("first token, p50", "ms");
  static final Measure FIRST_LATE = Measure.cost("first token, p99", "ms");
  static final Measure SHARE = Measure.rate("share of the bandwidth limit", "%");

  @Option(
      names = "--llama-server",
      paramLabel = "PROGRAM",
      defaultValue = "${env:LYCEUM_LLAMA_SERVER}",
      description =
          "llama.cpp's llama-server (or the variable LYCEUM_LLAMA_SERVER); without it there is no peer.")
  private Path llamaServer = Path.of("");

  @Option(
      names = "--sizes",
      split = ",",
      defaultValue = "12M",
      description = "Sizes of model: 12M, 100M (default ${DEFAULT-VALUE}).")
  private List<String> sizes = List.of();

  @Option(
      names = "--precisions",
      split = ",",
      defaultValue = "BF16,INT8",
      description =
          "How both keep the weights: F32, BF16, INT8, which is Q8_0 there (default ${DEFAULT-VALUE}).")
  private List<WeightPrecision> precisions = List.of();

  @Option(
      names = "--streams",
      split = ",",
      defaultValue = "1,8,32",
      description = "Clients at a time (default ${DEFAULT-VALUE}).")
  private List<Integer> streams = List.of();

  @Option(
      names = "--tokens",
      defaultValue = "128",
      description = "Tokens of an answer; a prompt has half as many (default ${DEFAULT-VALUE}).")
  private int tokens = 128;

  @Option(
      names = "--cores",
      defaultValue = "2",
      description = "Cores of a server and of the clients (default ${DEFAULT-VALUE}).")
  private int cores = 2;

  @Mixin private BenchOptions options = new BenchOptions();

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("lyceum-bench-serve");
    try {
      List<Case> cases = new ArrayList<>();
      for (String size : sizes) {
        RandomModel model = RandomModel.write(folder.resolve(size), size);
        for (WeightPrecision precision : precisions) {
          Bandwidth limit = new Bandwidth(model.bytes(precision), cores);
          for (int count : streams) {
            Load load =
                new Load(count, Math.max(2, 8 / count), tokens / 2, tokens, model.vocabulary());
            String name =
                size
                    + ", "
                    + precision.name().toLowerCase(Locale.ROOT)
                    + ", "
                    + (count == 1 ? "1 stream" : count + " streams");
            cases.add(
                new Case(
                    name,
                    count == 1
                        ? List.of(RATE, FIRST_MEDIAN, FIRST_LATE, SHARE)
                        : List.of(RATE, FIRST_MEDIAN, FIRST_LATE),
                    () -> ServerContestant.ours(model, precision, load, limit, cores),
                    peers(model, precision, load, limit)));
          }
        }
      }
      options.run(
          "Streamed completions of %d tokens after prompts of %d random token ids, greedy, end tokens ignored, over HTTP on this machine. Random weights, the same ones on both sides, converted with `gguf`. Servers and clients share %d cores. The bandwidth limit is what as many threads read of an array as large as the weights."
              .formatted(tokens, tokens / 2, cores),
          2,
          cases);
      return 0;
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private List<java.util.function.Supplier<lyceum.bench.comparison.Contestant>> peers(
      RandomModel model, WeightPrecision precision, Load load, Bandwidth limit) {
    if (llamaServer.toString().isEmpty()) {
      return List.of();
    }
    if (!Files.isExecutable(llamaServer)) {
      throw LyceumException.user(
          "'"
              + llamaServer
              + "' is not a program; --llama-server must name llama.cpp's llama-server.");
    }
    return List.of(
        () -> {
          Path gguf = model.gguf(precision, Commands.python(ServeBench.class, "gguf_model.py"));
          return ServerContestant.llama(llamaServer, gguf, model, precision, load, limit, cores);
        });
  }
}
