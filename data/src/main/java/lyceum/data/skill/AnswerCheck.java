package lyceum.data.skill;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether an answer is right, read off its words, not off its form.
 *
 * <ul>
 *   <li>Numbers (addition, counting): the last number of the answer is the expected one; the clause
 *       it stands in names no other number that the question did not name; and no other clause is a
 *       bare number that differs.
 *   <li>Yes or no (reading): exactly one of the two words occurs, and it is the expected one.
 *   <li>Identity: the expected name occurs, and not after "not".
 *   <li>Feedback: the answer is the one that a person wrote.
 * </ul>
 *
 * An answer that offers both sides ("yes no", "84 or 85") is wrong.
 */
public final class AnswerCheck {
  private static final Pattern NUMBER =
      Pattern.compile("(?<![\\p{L}\\p{N}])[0-9]{1,18}(?![\\p{L}\\p{N}])");
  private static final Pattern YES_OR_NO = Pattern.compile("\\b(yes|no)\\b");
  private static final Pattern CLAUSE_END = Pattern.compile("[.;:!?\\n]+");

  private AnswerCheck() {}

  /** Whether the answer gives what the example expects. */
  public static boolean isRight(ChatExample example, String answer) {
    return switch (example.skill()) {
      case ADDITION, COUNTING -> isNumber(example, answer);
      case READING -> isYesOrNo(example.expected(), answer);
      case IDENTITY -> names(example.expected(), answer);
      case FEEDBACK -> answer.strip().equals(example.expected().strip());
    };
  }

  private static boolean isNumber(ChatExample example, String answer) {
    long expected = Long.parseLong(example.expected());
    Set<Long> allowed = numbers(example.prompt());
    allowed.add(expected);
    boolean found = false;
    for (String clause : CLAUSE_END.splitAsStream(answer).toList()) {
      Set<Long> numbers = numbers(clause);
      if (numbers.isEmpty()) {
        continue;
      }
      boolean bare =
          clause.codePoints().noneMatch(Character::isLetter)
              && clause.indexOf('=') < 0
              && clause.indexOf('+') < 0;
      if (bare && !numbers.equals(Set.of(expected))) {
        return false;
      }
      found = lastNumber(clause) == expected && allowed.containsAll(numbers);
    }
    return found;
  }

  private static Set<Long> numbers(String text) {
    Set<Long> numbers = new TreeSet<>();
    NUMBER.matcher(text).results().forEach(match -> numbers.add(Long.parseLong(match.group())));
    return numbers;
  }

  private static long lastNumber(String clause) {
    long last = -1;
    for (Matcher matcher = NUMBER.matcher(clause); matcher.find(); ) {
      last = Long.parseLong(matcher.group());
    }
    return last;
  }

  private static boolean isYesOrNo(String expected, String answer) {
    Set<String> said = new TreeSet<>();
    YES_OR_NO
        .matcher(answer.toLowerCase(Locale.ROOT))
        .results()
        .forEach(match -> said.add(match.group()));
    return said.equals(Set.of(expected));
  }

  private static boolean names(String expected, String answer) {
    String name = Pattern.quote(expected);
    String lower = answer.toLowerCase(Locale.ROOT);
    return Pattern.compile("\\b" + name + "\\b").matcher(lower).find()
        && !Pattern.compile("\\bnot\\s+(?:\\w+\\s+)?" + name + "\\b").matcher(lower).find();
  }
}
