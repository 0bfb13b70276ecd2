package lyceum.data.privacy;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes out of a text what points to a person: addresses of mail and machines, numbers of
 * telephones, cards and accounts, and secrets. A marker says what stood there.
 */
public final class PersonalData {
  private record Kind(Pattern pattern, String marker) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(Pattern.compile("[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{1,63})+"), "[EMAIL]"),
          new Kind(
              Pattern.compile("\\b(?:sk|pk|ghp|xox[bp])[-_][A-Za-z0-9_-]{16,}\\b"), "[SECRET]"),
          new Kind(
              Pattern.compile("\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\\b"),
              "[IBAN]"),
          new Kind(Pattern.compile("\\b(?:\\d{1,3}\\.){3}\\d{1,3}\\b"), "[IP]"),
          new Kind(Pattern.compile("\\b(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\\b"), "[IP]"),
          new Kind(Pattern.compile("\\b\\d{3}-\\d{2}-\\d{4}\\b"), "[ID]"));

  private static final Pattern CARD = Pattern.compile("\\b\\d(?:[ -]?\\d){12,18}\\b");

  /** With a country's prefix, or in groups of two to four digits. */
  private static final Pattern TELEPHONE =
      Pattern.compile(
          "(?<![\\w.])(?:\\+\\d[\\d ().-]{6,18}\\d|(?:\\(\\d{1,4}\\)[ .-]?)?\\d{2,4}(?:[ .-]\\d{2,4}){2,4})(?!\\w)");

  private PersonalData() {}

  /** The text with a marker in place of each. Removing again changes nothing. */
  public static String removed(String text) {
    String result = text;
    for (Kind kind : KINDS) {
      result = kind.pattern.matcher(result).replaceAll(kind.marker);
    }
    result =
        CARD.matcher(result)
            .replaceAll(
                match ->
                    Matcher.quoteReplacement(isCard(match.group()) ? "[CARD]" : match.group()));
    return TELEPHONE.matcher(result).replaceAll("[PHONE]");
  }

  /** The check digit of card numbers (Luhn, ISO/IEC 7812-1). */
  private static boolean isCard(String text) {
    String digits = text.replaceAll("\\D", "");
    int sum = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(digits.length() - 1 - i) - '0';
      int weighed = i % 2 == 0 ? digit : 2 * digit;
      sum += weighed > 9 ? weighed - 9 : weighed;
    }
    return sum % 10 == 0;
  }
}
