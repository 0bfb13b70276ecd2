package lyceum.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.Arguments;

/** Scanners against the regular expressions that they were written after. */
class PreTokenizerTest {
  /** Pieces by the regular expression, which is what {@code tokenizer.json} says. */
  static void forEach(String text, Consumer<String> piece) {
    forEach(PreTokenizer.PATTERN, text, piece);
  }

  private static void forEach(String pattern, String text, Consumer<String> piece) {
    // Without the flag \s is ASCII only, and NO-BREAK SPACE or IDEOGRAPHIC SPACE would be cut
    // otherwise than elsewhere. U+017F is the only character beyond ASCII that folds to a letter of
    // a contraction.
    Matcher matcher =
        Pattern.compile(
                pattern.replace("(?i:'s|", "(?:(?i:'s)|'\u017f|(?i:").replace("|'d)|[", "|'d))|["),
                Pattern.UNICODE_CHARACTER_CLASS)
            .matcher(text);
    while (matcher.find()) {
      piece.accept(matcher.group());
    }
  }

  static Stream<Arguments> scanners() {
    return Stream.of(new WordScanner(1, false), new WordScanner(1, true), new WordScanner(3, true))
        .map(scanner -> Arguments.of(scanner, scanner.pattern()));
  }

  private static void agree(PieceScanner scanner, String pattern, String text) {
    byte[] bytes = Utf8.bytes(text);
    String wellFormed = new String(bytes, StandardCharsets.UTF_8);
    List<String> expected = new ArrayList<>();
    forEach(pattern, wellFormed, expected::add);
    List<String> found = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      int end = scanner.end(bytes, at, bytes.length);
      found.add(new String(bytes, at, end - at, StandardCharsets.UTF_8));
      at = end;
    }
    assertThat(found).isEqualTo(expected);
  }

  private static void allAgree(String text) {
    scanners().forEach(of -> agree((PieceScanner) of.get()[0], (String) of.get()[1], text));
    agree(new Gpt2Scanner(false), Gpt2Scanner.PATTERN, text);
  }

  @Property
  void scanners_anyText_cutAsTheRegularExpressions(@ForAll String text) {
    allAgree(text);
  }

  /** Strings of the few characters that the patterns tell apart, in all orders that matter. */
  @Test
  void scanners_allShortTextsOfTellingCharacters_cutAsTheRegularExpressions() {
    String[] telling = {
      "'",
      "s",
      "L",
      "l",
      "e",
      "V",
      "1",
      " ",
      "\n",
      "\r",
      "\t",
      ".",
      "\u00a0",
      "\u00e9",
      "\u017f",
      "\u0661",
      "\ud83d\ude00"
    };
    int length = 4;
    int count = (int) Math.pow(telling.length, length);
    for (int n = 0; n < count; n++) {
      StringBuilder text = new StringBuilder();
      for (int rest = n, i = 0; i < length; i++, rest /= telling.length) {
        text.append(telling[rest % telling.length]);
      }
      allAgree(text.toString());
    }
  }

  @Test
  void scanners_longRandomTexts_cutAsTheRegularExpressions() {
    Random random = new Random(11);
    for (int i = 0; i < 200; i++) {
      allAgree(
          random
              .ints(0, 0x110000)
              .map(
                  c ->
                      random.nextInt(3) == 0
                          ? " \n\r\t'al1.".codePointAt(random.nextInt(9))
                          : c >> random.nextInt(14))
              .filter(c -> Character.getType(c) != Character.SURROGATE)
              .limit(300)
              .mapToObj(Character::toString)
              .collect(Collectors.joining()));
    }
  }

  @Test
  void characterClass_everyCodePoint_isThatOfTheRegularExpressions() {
    Pattern letter = Pattern.compile("\\p{L}");
    Pattern number = Pattern.compile("\\p{N}");
    Pattern space = Pattern.compile("\\s", Pattern.UNICODE_CHARACTER_CLASS);
    IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
        .forEach(
            c -> {
              String text = Character.toString(c);
              byte expected =
                  letter.matcher(text).matches()
                      ? CharacterClass.LETTER
                      : number.matcher(text).matches()
                          ? CharacterClass.NUMBER
                          : c == '\r' || c == '\n'
                              ? CharacterClass.LINE_END
                              : space.matcher(text).matches()
                                  ? CharacterClass.SPACE
                                  : CharacterClass.OTHER;
              if (CharacterClass.of(c) != expected) {
                throw new AssertionError("U+%04X is not %d".formatted(c, expected));
              }
            });
  }

  @Test
  void utf8_surrogatesWithoutTheirOtherHalf_areReplaced_andNothingElse() {
    assertThat(Utf8.bytes("a?\ud83d\ude00\ud83d?\ude00"))
        .isEqualTo("a?\ud83d\ude00\ufffd?\ufffd".getBytes(StandardCharsets.UTF_8));
  }

  @Property
  void utf8_length_isThatOfTheBytes(@ForAll String text) {
    assertThat(Utf8.length(text)).isEqualTo(Utf8.bytes(text).length);
  }
}
