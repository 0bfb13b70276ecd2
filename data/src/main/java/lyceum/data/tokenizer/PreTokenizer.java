package lyceum.data.tokenizer;

import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text into the pieces inside which merges may happen. The pattern is GPT-4's (cl100k) with
 * two changes: digits stand alone, so that numbers are read digit by digit, and the contractions
 * are spelled out in both cases instead of matched case-insensitively, because engines fold case
 * differently outside ASCII.
 */
final class PreTokenizer {
  /** As written into {@code tokenizer.json}; means the same to Java and to Oniguruma. */
  static final String PATTERN =
      "'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])"
          + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
          + "|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
          + "|\\s*[\\r\\n]+"
          + "|\\s+(?!\\S)"
          + "|\\s+";

  // Without the flag \s is ASCII only, and NO-BREAK SPACE or IDEOGRAPHIC SPACE would be cut
  // otherwise than elsewhere.
  private static final Pattern COMPILED = Pattern.compile(PATTERN, Pattern.UNICODE_CHARACTER_CLASS);

  private PreTokenizer() {}

  /** Hands over the pieces from left to right; together they are the whole text. */
  static void forEach(String text, Consumer<String> piece) {
    Matcher matcher = COMPILED.matcher(text);
    while (matcher.find()) {
      piece.accept(matcher.group());
    }
  }
}
