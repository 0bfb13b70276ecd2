package lyceum.bench.tokenizer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import lyceum.bench.comparison.BenchOptions;
import lyceum.bench.comparison.Case;
import lyceum.bench.comparison.ChildContestant;
import lyceum.bench.comparison.Commands;
import lyceum.bench.comparison.Measure;
import lyceum.core.LyceumException;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lyceum bench tokenizer}. */
@Command(
    name = "tokenizer",
    description =
        "Learning merges and encoding, in MB of UTF-8 a second, next to Hugging Face tokenizers.")
public final class TokenizerBench implements Callable<Integer> {
  static final Measure TRAINING = Measure.rate("training", "MB/s");
  static final Measure ENCODING = Measure.rate("encoding", "MB/s");

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      description =
          "Text: a file, an archive or a folder; may be repeated. Without it, the packages of the recipe tiny.")
  private List<Path> corpus = List.of();

  @Option(
      names = "--megabytes",
      paramLabel = "MB",
      defaultValue = "8",
      description = "Use no more than this of it (default ${DEFAULT-VALUE}).")
  private int megabytes = 8;

  @Option(
      names = "--vocabulary",
      paramLabel = "IDS",
      split = ",",
      defaultValue = "4096,32768",
      description = "Sizes of vocabulary to measure (default ${DEFAULT-VALUE}).")
  private List<Integer> vocabularies = List.of();

  @Option(
      names = "--cores",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2",
      description = "Numbers of cores to measure on (default ${DEFAULT-VALUE}).")
  private List<Integer> cores = List.of();

  @Mixin private BenchOptions options = new BenchOptions();

  @Override
  public Integer call() throws IOException {
    List<String> texts = Texts.read(corpus.isEmpty() ? packages() : corpus, megabytes * 1_000_000L);
    long bytes =
        texts.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
    Path folder = Files.createTempDirectory("lyceum-bench-tokenizer");
    try {
      Path file = folder.resolve("texts.jsonl");
      Texts.write(file, texts);
      List<Case> cases = new ArrayList<>();
      for (int vocabulary : vocabularies) {
        Path tokenizer = folder.resolve(vocabulary + ".json");
        BpeTokenizer learned =
            BpeTrainer.train(texts, new TokenizerSettings(vocabulary, Long.MAX_VALUE));
        Files.writeString(tokenizer, learned.toJson());
        long checksum = TokenizerContestant.checksum(learned.encodeAll(texts));
        for (int count : cores) {
          ObjectNode setup = new ObjectMapper().createObjectNode();
          setup.put("texts", file.toString());
          setup.put("bytes", bytes);
          setup.put("tokenizer", tokenizer.toString());
          setup.put("vocabulary", vocabulary);
          setup.put("checksum", checksum);
          setup.put("threads", count);
          cases.add(
              new Case(
                  vocabulary + " ids, " + (count == 1 ? "1 core" : count + " cores"),
                  List.of(TRAINING, ENCODING),
                  () -> ours(setup, count),
                  List.of(() -> peer(setup, count))));
        }
      }
      options.run(
          "Learning merges from %.1f MB of text in %,d documents held in memory, and encoding them with a fresh tokenizer. The same pre-tokenisation, alphabet and merges on both sides; the peer's fastest calls (`train_from_iterator` over batches, `encode_batch_fast`). Each side in a process of its own, held to its cores."
              .formatted(bytes / 1e6, texts.size()),
          2,
          cases);
      return 0;
    } finally {
      delete(folder);
    }
  }

  /** What {@code ./lyceum bench} fetched; the recipe's packages are the same everywhere. */
  private static List<Path> packages() {
    String files = System.getenv().getOrDefault("LYCEUM_BENCH_CORPUS", "");
    if (files.isEmpty()) {
      throw LyceumException.user("There is no corpus. Name one: --corpus.");
    }
    return Stream.of(files.split(File.pathSeparator)).map(Path::of).toList();
  }

  private static ChildContestant ours(ObjectNode setup, int count) {
    return ChildContestant.start(
        Commands.onCores(
            count, Commands.ours(TokenizerContestant.class, List.of("-Xmx3g", "-Xms3g"))),
        Map.of(),
        setup);
  }

  private static ChildContestant peer(ObjectNode setup, int count) {
    return ChildContestant.start(
        Commands.onCores(count, Commands.python(TokenizerBench.class, "tokenizer_peer.py")),
        Map.of("RAYON_NUM_THREADS", Integer.toString(count), "TOKENIZERS_PARALLELISM", "true"),
        setup);
  }

  private static void delete(Path folder) {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot delete " + folder + ": " + e.getMessage(), e);
    }
  }
}
