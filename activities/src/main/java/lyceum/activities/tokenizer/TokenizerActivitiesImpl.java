package lyceum.activities.tokenizer;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lyceum.activities.Catalogue;
import lyceum.activities.LocalFiles;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.tokenizer.ParentModel;
import lyceum.contracts.tokenizer.TokenizerActivities;
import lyceum.contracts.tokenizer.TokenizerInput;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.data.corpus.DocumentFile;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.OpenModel;

/**
 * Learns a byte-level BPE tokenizer, or adopts that of an open model, and encodes the corpus with
 * it.
 */
public final class TokenizerActivitiesImpl implements TokenizerActivities {
  private static final Duration BEAT = Duration.ofSeconds(5);

  private final LocalFiles files;
  private final Catalogue catalogue;

  public TokenizerActivitiesImpl(LocalFiles files, Catalogue catalogue) {
    this.files = files;
    this.catalogue = catalogue;
  }

  @Override
  public TrainedTokenizer train(TokenizerInput input) {
    heartbeat("read sample", 0);
    List<String> sample = new ArrayList<>();
    AtomicLong bytes = new AtomicLong();
    DocumentFile.forEach(
        files.fetch(input.trainDocuments()),
        document -> {
          if (bytes.get() < input.settings().sampleBytes()) {
            sample.add(document.text());
            bytes.addAndGet(document.text().getBytes(StandardCharsets.UTF_8).length);
          }
        });
    heartbeat("learn merges", 0);
    BpeTokenizer tokenizer = BpeTrainer.train(sample, input.settings());
    return new TrainedTokenizer(
        put(tokenizer.toJson()),
        put(ChatTemplate.tokenizerConfigJson()),
        tokenizer.vocabularySize());
  }

  @Override
  public AdoptedModel adopt(TokenizerInput input) {
    OpenModelSettings from =
        Objects.requireNonNull(input.from(), "a model to adopt, which the workflow checks");
    return files.inScratch(
        scratch -> {
          Path source = Files.createDirectory(scratch.resolve("source"));
          for (OpenModelSettings.PinnedFile file : from.files()) {
            Path fetched =
                beating("fetch " + file.name(), () -> catalogue.fetch(from.source(file)));
            Files.createSymbolicLink(source.resolve(file.name()), fetched.toAbsolutePath());
          }
          Path target = scratch.resolve("model");
          OpenModel.Adopted adopted =
              beating("check " + from.name(), () -> OpenModel.adopt(source, target));
          // A tokenizer that would give other ids here than elsewhere is refused before anything
          // is learned from it.
          BpeTokenizer.fromJson(Files.readString(target.resolve(ModelArtifact.TOKENIZER)));
          ModelArtifact model = beating("store " + from.name(), () -> store(target));
          return new AdoptedModel(
              new TrainedTokenizer(
                  model.file(ModelArtifact.TOKENIZER),
                  model.file(ModelArtifact.TOKENIZER_CONFIG),
                  adopted.vocabularySize()),
              new ParentModel(
                  from.name(),
                  from.uri(),
                  from.licence(),
                  from.digest(),
                  adopted.config(),
                  model,
                  adopted.addedTokens()));
        });
  }

  private ModelArtifact store(Path folder) {
    Map<String, ArtifactRef> stored = new TreeMap<>();
    try (Stream<Path> listing = Files.list(folder)) {
      for (Path file : listing.sorted().toList()) {
        stored.put(file.getFileName().toString(), files.store().put(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ModelArtifact.of(stored);
  }

  @Override
  public TokenizerResult encode(EncodeRequest request) {
    BpeTokenizer tokenizer = files.loadTokenizer(request.tokenizer().tokenizer());
    Encoded train = encode(tokenizer, request.trainDocuments(), "encode training text");
    Encoded validation = encode(tokenizer, request.validationDocuments(), "encode held-out text");
    return new TokenizerResult(
        request.tokenizer().tokenizer(),
        request.tokenizer().tokenizerConfig(),
        train.shard(),
        validation.shard(),
        request.tokenizer().vocabularySize(),
        train.tokens(),
        validation.tokens(),
        validation.bytes(),
        (double) validation.bytes() / validation.tokens(),
        null);
  }

  private record Encoded(ArtifactRef shard, long tokens, long bytes) {}

  private Encoded encode(BpeTokenizer tokenizer, ArtifactRef documents, String phase) {
    List<int[]> ids = new ArrayList<>();
    AtomicLong bytes = new AtomicLong();
    DocumentFile.forEach(
        files.fetch(documents),
        document -> {
          if (ids.size() % 500 == 0) {
            heartbeat(phase, ids.size());
          }
          ids.add(tokenizer.encode(document.text()));
          bytes.addAndGet(document.text().getBytes(StandardCharsets.UTF_8).length);
        });
    return files.inScratch(
        scratch -> {
          Path file = scratch.resolve("tokens.bin");
          long size;
          try (TokenShard shard = TokenShard.write(file, ids.iterator())) {
            size = shard.size();
          }
          ArtifactRef ref = files.store().put(file);
          Files.delete(file);
          return new Encoded(ref, size, bytes.get());
        });
  }

  private ArtifactRef put(String text) {
    return files.store().put(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Reports while the work, which may take minutes and says nothing of itself, is done. */
  private static <T> T beating(String phase, Supplier<T> work) {
    heartbeat(phase, 0);
    ActivityExecutionContext context = Activity.getExecutionContext();
    Thread beat =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    while (true) {
                      Thread.sleep(BEAT);
                      context.heartbeat(new StageProgress(phase, 0, 0, Double.NaN, 0, 0));
                    }
                  } catch (InterruptedException | ActivityCompletionException e) {
                    // The work is done, or the step was cancelled, which the next report of the
                    // activity's own thread finds out.
                  }
                });
    try {
      return work.get();
    } finally {
      beat.interrupt();
    }
  }

  private static void heartbeat(String phase, long done) {
    Activity.getExecutionContext().heartbeat(new StageProgress(phase, done, 0, Double.NaN, 0, 0));
  }
}
