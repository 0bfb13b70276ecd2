package lyceum.bench.learn;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.Precision;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.corpus.Document;
import lyceum.data.shard.CorpusEncoder;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import lyceum.model.pretraining.Pretraining;
import lyceum.model.training.StepReport;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Pretrains a model on a folder of text and prints, every so many steps, a line of JSON with its
 * bits per byte on files that it does not learn from. Those are the same for every size, and bits
 * per byte do not depend on the tokenizer, so sizes can be compared.
 */
@Command(
    name = "learn",
    description = {
      "Pretrain a model on a folder of text; print bits per byte on held-out files as it goes on.",
      "With --state it can be stopped and started again."
    })
public final class LearnBench implements Callable<Integer> {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long SEED = 1;
  private static final int SAMPLE_BYTES = 20_000_000;

  /** A model and its rows. */
  enum Size {
    /** As the recipe {@code tiny}. */
    TINY(2048, 256, 4, 4, 2, 128, 384, true, 16, 0.005),
    /** 34 million parameters, as {@code lyceum bench train} has it. */
    LARGE(8192, 512, 8, 8, 8, 512, 1376, false, 16, 0.002);

    private final int vocabulary;
    private final int length;
    private final int layers;
    private final int heads;
    private final int keyValueHeads;
    private final int width;
    private final int feedForward;
    private final boolean tied;
    private final int rows;
    private final double rate;

    Size(
        int vocabulary,
        int length,
        int layers,
        int heads,
        int keyValueHeads,
        int width,
        int feedForward,
        boolean tied,
        int rows,
        double rate) {
      this.vocabulary = vocabulary;
      this.length = length;
      this.layers = layers;
      this.heads = heads;
      this.keyValueHeads = keyValueHeads;
      this.width = width;
      this.feedForward = feedForward;
      this.tied = tied;
      this.rows = rows;
      this.rate = rate;
    }

    ModelConfig config(int vocabularySize) {
      return new ModelConfig(
          vocabularySize,
          length,
          layers,
          heads,
          keyValueHeads,
          width,
          feedForward,
          10_000,
          1e-5,
          tied);
    }
  }

  @Option(
      names = "--text",
      required = true,
      paramLabel = "FOLDER",
      description =
          "Text: .txt, .md, .rst, .py, .java, .xml, .jsonl with passage, jars of sources.")
  private Path text = Path.of("");

  @Option(
      names = "--size",
      defaultValue = "LARGE",
      description = "TINY or LARGE, 1.0 and 34 million parameters (default ${DEFAULT-VALUE}).")
  private Size size = Size.LARGE;

  @Option(names = "--steps", required = true, description = "Steps to learn for.")
  private int steps;

  @Option(
      names = "--every",
      defaultValue = "25",
      description = "Steps between measurements and states (default ${DEFAULT-VALUE}).")
  private int every = 25;

  @Option(
      names = "--held-out",
      paramLabel = "CHARACTERS",
      defaultValue = "120000",
      description = "Held-out text to measure on, at least (default ${DEFAULT-VALUE}).")
  private int heldOut = 120_000;

  @Option(
      names = "--micro-batches",
      defaultValue = "2",
      description = "Parts of a step (default ${DEFAULT-VALUE}).")
  private int microBatches = 2;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description = "Where the state is kept that a later call with the same options goes on from.")
  private @Nullable Path state;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("lyceum-learn");
    Path trainFile = folder.resolve("train.bin");
    Path heldOutFile = folder.resolve("held-out.bin");
    try {
      TextFolder corpus = TextFolder.read(text);
      BpeTokenizer tokenizer =
          BpeTrainer.train(
              corpus.train().stream().map(Document::text).toList(),
              new TokenizerSettings(size.vocabulary, SAMPLE_BYTES));
      CorpusEncoder encoder =
          new CorpusEncoder(tokenizer, Runtime.getRuntime().availableProcessors());
      CorpusEncoder.Encoded learned = encoder.encode(corpus.train(), trainFile, done -> {});
      CorpusEncoder.Encoded measured =
          encoder.encode(corpus.heldOut(heldOut), heldOutFile, done -> {});
      ModelConfig config = size.config(tokenizer.vocabularySize());
      ObjectNode about = JSON.createObjectNode();
      about.put("parameters", config.parameterCount());
      about.put("documents", learned.documents());
      about.put("bytes", learned.bytes());
      about.put("tokens", learned.tokens());
      about.put("heldOutDocuments", measured.documents());
      about.put("heldOutBytes", measured.bytes());
      about.put("heldOutTokens", measured.tokens());
      print(about);
      try (TokenShard train = TokenShard.open(trainFile);
          TokenShard validation = TokenShard.open(heldOutFile)) {
        int all = Math.toIntExact(validation.size());
        new Pretraining(config, settings(), train, validation, all, tokenizer, SEED)
            .train(from(), new Curve());
      }
      return 0;
    } finally {
      Files.deleteIfExists(trainFile);
      Files.deleteIfExists(heldOutFile);
      Files.delete(folder);
    }
  }

  private Optional<TrainingState> from() {
    return state != null && Files.exists(state)
        ? Optional.of(TrainingState.read(state))
        : Optional.empty();
  }

  private PretrainingSettings settings() {
    OptimizerSettings optimizer =
        new OptimizerSettings(
            size.rate,
            0.1,
            Math.max(1, steps / 20),
            OptimizerSettings.Schedule.COSINE,
            0.1,
            0.9,
            0.95,
            1e-8,
            1);
    return new PretrainingSettings(
        steps,
        size.rows,
        size.length,
        every,
        every,
        optimizer,
        new ComputeSettings(microBatches, Precision.BF16, false));
  }

  private void print(ObjectNode line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }

  private final class Curve implements TrainingListener {
    private final long begun = System.nanoTime();

    @Override
    public void onStep(StepReport report) {
      Double bits = report.metrics().get(Pretraining.VALIDATION_BITS_PER_BYTE);
      if (bits != null) {
        ObjectNode line = JSON.createObjectNode();
        line.put("step", report.step());
        line.put("tokens", report.tokens());
        line.put("loss", report.loss());
        line.put("bitsPerByte", bits);
        line.put("tokensPerSecond", report.tokensPerSecond());
        line.put("seconds", (System.nanoTime() - begun) / 1e9);
        report.samples().forEach(line::put);
        print(line);
      }
    }

    @Override
    public void onCheckpoint(TrainingState reached) {
      if (state != null) {
        reached.write(state);
      }
    }
  }
}
