package lyceum.activities.tokenizer;

import io.temporal.activity.Activity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import lyceum.activities.LocalFiles;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.tokenizer.TokenizerActivities;
import lyceum.contracts.tokenizer.TokenizerInput;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ArtifactRef;
import lyceum.data.corpus.DocumentFile;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import lyceum.data.tokenizer.ChatTemplate;

/** Learns a byte-level BPE tokenizer and encodes the corpus with it. */
public final class TokenizerActivitiesImpl implements TokenizerActivities {
  private final LocalFiles files;

  public TokenizerActivitiesImpl(LocalFiles files) {
    this.files = files;
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
        (double) validation.bytes() / validation.tokens());
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

  private static void heartbeat(String phase, long done) {
    Activity.getExecutionContext().heartbeat(new StageProgress(phase, done, 0, Double.NaN, 0, 0));
  }
}
