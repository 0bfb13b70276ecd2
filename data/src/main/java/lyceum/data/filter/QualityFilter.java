package lyceum.data.filter;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.core.recipe.QualitySettings;

/**
 * The quality rules of Gopher (arXiv 2112.11446, table A1), with the names datatrove gives their
 * reasons. A word is a run of letters, marks, digits and inner apostrophes; a run of other visible
 * characters is a symbol. The rules are asked in a fixed order, and the first that fails is the
 * reason. Lines without a letter or digit do not count as repeated.
 */
public final class QualityFilter {
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<word>[\\p{L}\\p{M}\\p{N}]+(?:['’][\\p{L}\\p{M}\\p{N}]+)*)|[^\\s\\p{L}\\p{M}\\p{N}]+",
          Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern ELLIPSIS = Pattern.compile("\\.\\.\\.|…");
  private static final Set<String> STOP_WORDS =
      Set.of("the", "be", "to", "of", "and", "that", "have", "with");

  private final QualitySettings settings;

  public QualityFilter(QualitySettings settings) {
    this.settings = settings;
  }

  /**
   * Why the text is not good enough, or nothing when it is: {@code gopher_short_doc}, {@code
   * gopher_long_doc}, {@code gopher_below_avg_threshold}, {@code gopher_above_avg_threshold},
   * {@code gopher_too_many_hashes}, {@code gopher_too_many_ellipsis}, {@code
   * gopher_too_many_bullets}, {@code gopher_too_many_end_ellipsis}, {@code
   * gopher_below_alpha_threshold}, {@code gopher_enough_stop_words} or {@code dup_line_frac}.
   */
  public Optional<String> dropReason(String text) {
    return wordReason(Words.of(text), text).or(() -> lineReason(text));
  }

  private Optional<String> wordReason(Words words, String text) {
    if (words.count < settings.minWords()) {
      return Optional.of("gopher_short_doc");
    }
    if (words.count > settings.maxWords()) {
      return Optional.of("gopher_long_doc");
    }
    double meanLength = share(words.characters, words.count);
    if (meanLength < settings.minMeanWordLength()) {
      return Optional.of("gopher_below_avg_threshold");
    }
    if (meanLength > settings.maxMeanWordLength()) {
      return Optional.of("gopher_above_avg_threshold");
    }
    if (share(text.chars().filter(c -> c == '#').count(), words.count)
        > settings.maxSymbolRatio()) {
      return Optional.of("gopher_too_many_hashes");
    }
    if (share(ELLIPSIS.matcher(text).results().count(), words.count) > settings.maxSymbolRatio()) {
      return Optional.of("gopher_too_many_ellipsis");
    }
    if (share(words.withLetter, words.count) < settings.minAlphabeticWordRatio()) {
      return Optional.of("gopher_below_alpha_threshold");
    }
    if (words.stopWords.size() < settings.minStopWords()) {
      return Optional.of("gopher_enough_stop_words");
    }
    return Optional.empty();
  }

  private Optional<String> lineReason(String text) {
    List<String> lines = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    long bullets =
        lines.stream().filter(line -> line.startsWith("•") || line.startsWith("-")).count();
    if (share(bullets, lines.size()) > settings.maxBulletLineRatio()) {
      return Optional.of("gopher_too_many_bullets");
    }
    long trailingOff =
        lines.stream().filter(line -> line.endsWith("...") || line.endsWith("…")).count();
    if (share(trailingOff, lines.size()) > settings.maxEllipsisLineRatio()) {
      return Optional.of("gopher_too_many_end_ellipsis");
    }
    // A closing brace or the border of a comment says nothing by being there twice.
    List<String> said =
        lines.stream()
            .filter(line -> line.codePoints().anyMatch(Character::isLetterOrDigit))
            .toList();
    int repeated = said.size() - new HashSet<>(said).size();
    if (share(repeated, said.size()) > settings.maxDuplicateLineRatio()) {
      return Optional.of("dup_line_frac");
    }
    return Optional.empty();
  }

  /**
   * A share of nothing is 0, so that a text without words or lines is judged by the thresholds like
   * any other.
   */
  private static double share(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }

  /** What the rules ask of a text's words. */
  private record Words(long count, long characters, long withLetter, Set<String> stopWords) {
    static Words of(String text) {
      long count = 0;
      long characters = 0;
      long withLetter = 0;
      Set<String> stopWords = new HashSet<>();
      Matcher matcher = TOKEN.matcher(text);
      while (matcher.find()) {
        String word = matcher.group("word");
        if (word == null) {
          continue;
        }
        count++;
        characters += word.codePointCount(0, word.length());
        withLetter += word.codePoints().anyMatch(Character::isLetter) ? 1 : 0;
        if (word.length() <= 4 && STOP_WORDS.contains(word)) {
          stopWords.add(word);
        }
      }
      return new Words(count, characters, withLetter, stopWords);
    }
  }
}
