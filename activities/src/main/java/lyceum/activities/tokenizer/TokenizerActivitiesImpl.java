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
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
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
import lyceum.data.shard.CorpusEncoder;
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
    Path documents = beating("fetch text", () -> files.fetch(input.trainDocuments()));
    BpeTokenizer tokenizer =
        beating(
            "learn merges",
            () -> BpeTrainer.train(DocumentFile.texts(documents), input.settings()));
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
    Path texts = beating(phase, () -> files.fetch(documents));
    CorpusEncoder encoder =
        new CorpusEncoder(tokenizer, Runtime.getRuntime().availableProcessors());
    return files.inScratch(
        scratch -> {
          Path file = scratch.resolve("tokens.bin");
          CorpusEncoder.Encoded encoded =
              encoder.encode(DocumentFile.documents(texts), file, done -> heartbeat(phase, done));
          ArtifactRef ref = beating(phase, () -> files.store().put(file));
          Files.delete(file);
          return new Encoded(ref, encoded.tokens(), encoded.bytes());
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
