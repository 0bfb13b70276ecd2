package lyceum.application.ranking;

import lyceum.contracts.alignment.Ranking;
import lyceum.core.Sha256;

/** Two answers to a prompt as the stage keeps them. */
public record Pair(int number, String prompt, String first, String second) {
  /** Which of the two that were shown is better. */
  public enum Preference {
    /** The one shown first, above or on the left. */
    LEFT,
    RIGHT,
    TIE
  }

  /**
   * Whether this rater sees the second answer first; the same every time, and as often so as not.
   */
  public boolean isSwapped(String rater) {
    return Character.digit(Sha256.of(rater + "\n" + number).charAt(0), 16) % 2 == 1;
  }

  /** What this rater sees first. */
  public String left(String rater) {
    return isSwapped(rater) ? second : first;
  }

  public String right(String rater) {
    return isSwapped(rater) ? first : second;
  }

  /** The answer that a rater means who saw the pair in the order of {@link #isSwapped}. */
  Ranking ranking(String rater, Preference preference) {
    Ranking.Choice choice =
        switch (preference) {
          case LEFT -> isSwapped(rater) ? Ranking.Choice.SECOND : Ranking.Choice.FIRST;
          case RIGHT -> isSwapped(rater) ? Ranking.Choice.FIRST : Ranking.Choice.SECOND;
          case TIE -> Ranking.Choice.TIE;
        };
    return new Ranking(number, choice, rater);
  }
}
