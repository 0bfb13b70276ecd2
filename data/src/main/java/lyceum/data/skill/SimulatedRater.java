package lyceum.data.skill;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Stands in for a person who ranks answers, where no person is there; everything made with it says
 * so. Its rules, first difference decides:
 *
 * <ol>
 *   <li>a right answer ({@link AnswerCheck}) before a wrong one;
 *   <li>an answer that ends in a full sentence before one that does not: the last sentence begins
 *       with a capital letter, has at least three words, and the answer ends in {@code .}, {@code
 *       !} or {@code ?};
 *   <li>the shorter answer, in characters.
 * </ol>
 */
public final class SimulatedRater {
  private static final Pattern SENTENCE_BREAK = Pattern.compile("(?<=[.!?:;])\\s+");
  private static final Pattern FULL_SENTENCE =
      Pattern.compile("\\p{Lu}[^.!?]*[.!?]", Pattern.DOTALL);
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
  private static final int FEWEST_WORDS = 3;

  private SimulatedRater() {}

  /** -1 when {@code a} is preferred, +1 when {@code b} is, 0 when neither. */
  public static int prefer(ChatExample example, String a, String b) {
    int byRightness =
        Boolean.compare(AnswerCheck.isRight(example, b), AnswerCheck.isRight(example, a));
    if (byRightness != 0) {
      return byRightness;
    }
    int bySentence = Boolean.compare(endsInFullSentence(b), endsInFullSentence(a));
    return bySentence != 0 ? bySentence : Integer.compare(a.strip().length(), b.strip().length());
  }

  private static boolean endsInFullSentence(String answer) {
    List<String> sentences = SENTENCE_BREAK.splitAsStream(answer.strip()).toList();
    String last = sentences.isEmpty() ? "" : sentences.getLast();
    return FULL_SENTENCE.matcher(last).matches()
        && WORD.matcher(last).results().count() >= FEWEST_WORDS;
  }
}
