package lyceum.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import lyceum.core.LyceumException;
import lyceum.core.recipe.TokenizerSettings;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BpeTokenizerTest {
  private static final List<String> TEXTS =
      List.of(
          "low low low low low lower lower newest newest newest newest newest newest widest widest widest",
          "the cat and the hat and the bat that sat on the mat with the rat",
          "Straße über 12 Brücken — naïve café, naïve café");
  private static final TokenizerSettings SETTINGS = new TokenizerSettings(300, 1_000_000);
  private static final BpeTokenizer TOKENIZER = BpeTrainer.train(TEXTS, SETTINGS);

  @Property
  void decode_roundTripsAnyUnicode(@ForAll String text) {
    String wellFormed = new String(Utf8.bytes(text), StandardCharsets.UTF_8);
    assertThat(TOKENIZER.decode(TOKENIZER.encode(text))).isEqualTo(wellFormed);
    if (text.chars().noneMatch(c -> Character.isSurrogate((char) c))) {
      assertThat(wellFormed).isEqualTo(text);
    }
  }

  @Property
  void encode_bytesOfTheTokensAreTheBytesOfTheText(@ForAll String text) {
    int length =
        IntStream.of(TOKENIZER.encode(text)).map(id -> TOKENIZER.tokenBytes(id).length).sum();
    assertThat(length).isEqualTo(Utf8.bytes(text).length);
  }

  @Property
  void encode_neverGivesAControlToken(
      @ForAll String before, @ForAll @IntRange(max = 5) int special, @ForAll String after) {
    int[] ids = TOKENIZER.encode(before + SpecialTokens.ALL.get(special) + after);
    assertThat(IntStream.of(ids)).noneMatch(TOKENIZER::isSpecial);
  }

  @Property(tries = 200)
  void encode_equalsMergingByTheDefinition(
      @ForAll String noise, @ForAll @IntRange(max = 2) int which) {
    String text = TEXTS.get(which) + noise;
    List<Integer> expected = new ArrayList<>();
    PreTokenizerTest.forEach(text, piece -> expected.addAll(mergedNaively(piece)));
    assertThat(TOKENIZER.encode(text)).isEqualTo(expected.stream().mapToInt(i -> i).toArray());
  }

  /**
   * Lowest rank first, leftmost first, one merge at a time; ranks are the order of the merged ids
   * here.
   */
  private static List<Integer> mergedNaively(String piece) {
    List<byte[]> tokens = new ArrayList<>();
    for (byte b : Utf8.bytes(piece)) {
      tokens.add(new byte[] {b});
    }
    for (int id = SpecialTokens.ALL.size() + 256; id < TOKENIZER.vocabularySize(); id++) {
      for (int i = 0; i + 1 < tokens.size(); i++) {
        byte[] joined = TokenizerJson.joined(tokens.get(i), tokens.get(i + 1));
        if (Arrays.equals(joined, TOKENIZER.tokenBytes(id))) {
          tokens.set(i, joined);
          tokens.remove(i + 1);
        }
      }
    }
    List<Integer> ids = new ArrayList<>();
    for (byte[] token : tokens) {
      ids.add(
          IntStream.range(SpecialTokens.ALL.size(), TOKENIZER.vocabularySize())
              .filter(id -> Arrays.equals(token, TOKENIZER.tokenBytes(id)))
              .findFirst()
              .orElseThrow());
    }
    return ids;
  }

  @Test
  void encode_digitsAndSpelledLettersStandAlone() {
    BpeTokenizer tokenizer =
        BpeTrainer.train(List.of("2026 2026 2026 b0 a1 n1 b0 a1 n1 ".repeat(50)), SETTINGS);
    assertThat(tokens(tokenizer, "2026")).containsExactly("2", "0", "2", "6");
    assertThat(tokens(tokenizer, " b0 a1 n1")).containsExactly(" b", "0", " a", "1", " n", "1");
  }

  @Test
  void encode_longPiecesInLittleTime() {
    assertThat(TOKENIZER.decode(TOKENIZER.encode("low".repeat(300_000)))).hasSize(900_000);
  }

  @Test
  void train_learnsTheMostFrequentPairFirst() {
    BpeTokenizer tokenizer = BpeTrainer.train(List.of("ab ab ab ab cd cd cd"), SETTINGS);
    assertThat(token(tokenizer, 262)).isEqualTo("ab");
    // " ab" and "cd" occur three times each; the pair with the lower left id (space before c) wins.
    assertThat(token(tokenizer, 263)).isEqualTo(" c");
  }

  @Test
  void train_orderOfTextsDoesNotMatter() {
    List<String> shuffled = new ArrayList<>(TEXTS);
    Collections.shuffle(shuffled, new Random(1));
    assertThat(BpeTrainer.train(shuffled, SETTINGS).toJson()).isEqualTo(TOKENIZER.toJson());
  }

  @Test
  void train_equalsRecountingAfterEachMerge() {
    List<byte[]> expected = mergesByRecounting(String.join(" ", TEXTS), 30);
    List<byte[]> learned =
        IntStream.range(262, 292)
            .mapToObj(BpeTrainer.train(List.of(String.join(" ", TEXTS)), SETTINGS)::tokenBytes)
            .toList();
    assertThat(learned).usingElementComparator(Arrays::compare).containsExactlyElementsOf(expected);
  }

  /** Algorithm 1 of arXiv 1508.07909 as printed. */
  private static List<byte[]> mergesByRecounting(String text, int count) {
    List<List<Integer>> pieces = new ArrayList<>();
    PreTokenizerTest.forEach(
        text,
        piece -> {
          List<Integer> tokens = new ArrayList<>();
          for (byte b : Utf8.bytes(piece)) {
            tokens.add(6 + (b & 0xFF));
          }
          pieces.add(tokens);
        });
    List<byte[]> vocabulary = TokenizerJson.baseVocabulary();
    for (int n = 0; n < count; n++) {
      java.util.TreeMap<Long, Integer> counts = new java.util.TreeMap<>();
      for (List<Integer> tokens : pieces) {
        for (int i = 0; i + 1 < tokens.size(); i++) {
          counts.merge(BpeTokenizer.pair(tokens.get(i), tokens.get(i + 1)), 1, Integer::sum);
        }
      }
      int most = Collections.max(counts.values());
      long best =
          counts.entrySet().stream()
              .filter(e -> e.getValue() == most)
              .findFirst()
              .orElseThrow()
              .getKey();
      int left = (int) (best >>> 32);
      int right = (int) best;
      vocabulary.add(TokenizerJson.joined(vocabulary.get(left), vocabulary.get(right)));
      for (List<Integer> tokens : pieces) {
        for (int i = 0; i + 1 < tokens.size(); i++) {
          if (tokens.get(i) == left && tokens.get(i + 1) == right) {
            tokens.set(i, vocabulary.size() - 1);
            tokens.remove(i + 1);
          }
        }
      }
    }
    return vocabulary.subList(262, vocabulary.size());
  }

  @Test
  void train_moreTextThanTheSample_takesDocumentsFromAllOfIt() {
    List<String> texts = new ArrayList<>(Collections.nCopies(100, "first first first first"));
    texts.addAll(Collections.nCopies(100, "second second second second"));
    BpeTokenizer tokenizer = BpeTrainer.train(texts, new TokenizerSettings(300, 1000));
    assertThat(tokens(tokenizer, " first second")).containsExactly(" first", " second");
  }

  @Test
  void train_noText() {
    assertThatThrownBy(() -> BpeTrainer.train(List.of(""), SETTINGS))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("no text");
  }

  @Test
  void decode_foreignId() {
    assertThatThrownBy(() -> TOKENIZER.decode(new int[] {TOKENIZER.vocabularySize()}))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("another tokenizer");
  }

  @Test
  void decode_leavesControlTokensOut() {
    int[] text = TOKENIZER.encode("low");
    assertThat(TOKENIZER.decode(new int[] {SpecialTokens.BOS, text[0], SpecialTokens.END}))
        .isEqualTo(token(TOKENIZER, text[0]));
  }

  @Test
  void encode_manyThreadsAgree() {
    BpeTokenizer fresh = BpeTokenizer.fromJson(TOKENIZER.toJson());
    int[] expected = TOKENIZER.encode(TEXTS.get(1));
    assertThat(
            IntStream.range(0, 1000).parallel().mapToObj(i -> fresh.encode(TEXTS.get(1))).toList())
        .allMatch(ids -> Arrays.equals(ids, expected));
  }

  @Test
  void json_roundTrips() {
    BpeTokenizer read = BpeTokenizer.fromJson(TOKENIZER.toJson());
    assertThat(read.toJson()).isEqualTo(TOKENIZER.toJson());
    assertThat(read.encode(TEXTS.get(2))).isEqualTo(TOKENIZER.encode(TEXTS.get(2)));
  }

  @Test
  void fromJson_otherPreTokenizer() {
    String other = TOKENIZER.toJson().replace("|\\\\p{N}|", "|\\\\p{N}{1,3}|");
    assertThat(other).isNotEqualTo(TOKENIZER.toJson());
    assertThatThrownBy(() -> BpeTokenizer.fromJson(other))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("pre_tokenizer");
  }

  /** Damages the file at a place in one of several ways: it reads, or it says what is wrong. */
  @Property(tries = 500)
  void fromJson_damagedFile_isRefusedWithAReason(
      @ForAll @IntRange(max = 3) int way, @ForAll @IntRange(max = 1_000_000) int at) {
    String json = TOKENIZER.toJson();
    int place = at % json.length();
    String damaged =
        switch (way) {
          case 0 -> json.substring(0, place);
          case 1 -> json.substring(0, place) + json.substring(Math.min(json.length(), place + 7));
          case 2 -> json.substring(0, place) + "9" + json.substring(place);
          default -> json.substring(0, place) + '\uFFFF' + json.substring(place + 1);
        };
    try {
      assertThat(BpeTokenizer.fromJson(damaged).decode(new int[] {100})).isNotNull();
    } catch (LyceumException e) {
      assertThat(e).hasMessageContaining("tokenizer.json");
    }
  }

  private static List<String> tokens(BpeTokenizer tokenizer, String text) {
    return IntStream.of(tokenizer.encode(text)).mapToObj(id -> token(tokenizer, id)).toList();
  }

  private static String token(BpeTokenizer tokenizer, int id) {
    return new String(tokenizer.tokenBytes(id), StandardCharsets.UTF_8);
  }
}
