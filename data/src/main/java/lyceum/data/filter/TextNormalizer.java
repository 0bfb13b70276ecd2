package lyceum.data.filter;

import java.text.Normalizer;
import java.util.regex.Pattern;

/**
 * One spelling for texts that look alike: Unicode NFC; {@code \n} for every line end; no control
 * characters but tab and line end, no byte order marks, no unpaired surrogates; no white space at
 * the end of a line; at most one blank line in a row; no blank lines at either end. Normalising
 * twice changes nothing.
 */
public final class TextNormalizer {
  private static final Pattern LINE_END = Pattern.compile("\\r\\n|[\\r\\u0085\\u2028\\u2029]");
  private static final Pattern UNWANTED = Pattern.compile("[\\p{Cc}\\p{Cs}\\uFEFF&&[^\\n\\t]]");
  private static final Pattern TRAILING_SPACE = Pattern.compile("(?<!\\h)\\h+(?=\\n|\\z)");
  private static final Pattern BLANK_LINES = Pattern.compile("\\n{3,}");
  private static final Pattern BLANK_EDGES = Pattern.compile("\\A\\n+|\\n+\\z");

  private TextNormalizer() {}

  /** The text, normalised. */
  public static String normalize(String text) {
    String clean = LINE_END.matcher(text).replaceAll("\n");
    clean = UNWANTED.matcher(clean).replaceAll("");
    clean = Normalizer.normalize(clean, Normalizer.Form.NFC);
    clean = TRAILING_SPACE.matcher(clean).replaceAll("");
    clean = BLANK_LINES.matcher(clean).replaceAll("\n\n");
    return BLANK_EDGES.matcher(clean).replaceAll("");
  }
}
