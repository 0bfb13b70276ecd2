package lyceum.contracts.alignment;

import lyceum.core.LyceumException;

/** One rater's choice between two answers to the same prompt. */
public record Ranking(int pair, Choice choice, String rater) {
  /** Which answer is better. */
  public enum Choice {
    FIRST,
    SECOND,
    /** Neither; the pair is not learned from. */
    TIE
  }

  public Ranking {
    if (pair < 0) {
      throw LyceumException.user("A pair's number is not negative; this is " + pair + ".");
    }
    if (rater.isBlank()) {
      throw LyceumException.user("A ranking needs the name of its rater.");
    }
  }
}
