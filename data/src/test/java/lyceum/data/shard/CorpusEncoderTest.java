package lyceum.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.corpus.Document;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import lyceum.data.tokenizer.SpecialTokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusEncoderTest {
  private static final List<String> WORDS = List.of("low", "lower", "néwest", "widest", " ", "\n");
  private static final BpeTokenizer TOKENIZER =
      BpeTrainer.train(
          List.of("low lower néwest widest ".repeat(9)), new TokenizerSettings(300, 9999));

  @TempDir Path folder;

  /** Documents of about ten thousand characters. */
  private static Stream<String> documents(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            n -> {
              Random random = new Random(n);
              StringBuilder text = new StringBuilder();
              while (text.length() < 10_000) {
                text.append(WORDS.get(random.nextInt(WORDS.size())));
              }
              return text.toString();
            });
  }

  /** Documents of two sources in turn. */
  private static Iterable<Document> from(Iterable<String> texts) {
    return () -> {
      Iterator<String> iterator = texts.iterator();
      return new Iterator<>() {
        private int count;

        @Override
        public boolean hasNext() {
          return iterator.hasNext();
        }

        @Override
        public Document next() {
          return new Document("id-" + count, "source-" + count++ % 2, iterator.next());
        }
      };
    };
  }

  @Test
  void encode_documentsInTheirOrder_eachBehindItsFirstToken() {
    List<String> texts = new ArrayList<>(documents(20).toList());
    texts.add(7, "");
    Path file = folder.resolve("tokens.bin");
    CorpusEncoder.Encoded encoded =
        new CorpusEncoder(TOKENIZER, 2).encode(from(texts), file, done -> {});
    List<int[]> read = new ArrayList<>();
    try (TokenShard shard = TokenShard.open(file)) {
      int[] ids = new int[(int) shard.size()];
      shard.read(0, ids);
      assertThat(encoded)
          .isEqualTo(
              new CorpusEncoder.Encoded(
                  21,
                  ids.length,
                  texts.stream().mapToLong(t -> t.getBytes(StandardCharsets.UTF_8).length).sum()));
      assertThat(shard.documents()).isEqualTo(21);
      assertThat(shard.sources()).containsExactly("source-0", "source-1");
      int begin = 0;
      for (int i = 1; i <= ids.length; i++) {
        if (i == ids.length || ids[i] == SpecialTokens.BOS) {
          read.add(java.util.Arrays.copyOfRange(ids, begin, i));
          begin = i;
        }
      }
    }
    assertThat(read.stream().map(TOKENIZER::decode)).containsExactlyElementsOf(texts);
  }

  @Test
  void encode_anyNumberOfThreads_givesTheSameBytes() throws Exception {
    List<String> texts = documents(400).toList();
    Path alone = folder.resolve("alone");
    Path together = folder.resolve("together");
    new CorpusEncoder(TOKENIZER, 1).encode(from(texts), alone, done -> {});
    new CorpusEncoder(TOKENIZER, 3).encode(from(texts), together, done -> {});
    assertThat(Files.mismatch(alone, together)).isEqualTo(-1);
  }

  /** Memory holds what was read and not written yet; that must not grow with the corpus. */
  @Test
  void encode_largeCorpus_isNeverFarAheadOfItsFile() {
    AtomicLong read = new AtomicLong();
    AtomicLong written = new AtomicLong();
    AtomicLong most = new AtomicLong();
    Iterable<String> texts =
        () ->
            documents(3000)
                .peek(
                    text ->
                        most.accumulateAndGet(read.incrementAndGet() - written.get(), Math::max))
                .iterator();
    new CorpusEncoder(TOKENIZER, 2).encode(from(texts), folder.resolve("large"), written::set);
    assertThat(written).hasValue(3000);
    // Six batches of about 105 documents.
    assertThat(most.get()).isBetween(200L, 700L);
  }

  @Test
  void encode_textsThatFail_leaveNothingBehind() throws Exception {
    Iterable<String> texts =
        () ->
            documents(500)
                .peek(
                    text -> {
                      if (text.hashCode() % 100 == 0) {
                        throw new IllegalStateException("broken text");
                      }
                    })
                .iterator();
    assertThatThrownBy(
            () ->
                new CorpusEncoder(TOKENIZER, 2)
                    .encode(from(texts), folder.resolve("x"), done -> {}))
        .hasMessage("broken text");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }
}
