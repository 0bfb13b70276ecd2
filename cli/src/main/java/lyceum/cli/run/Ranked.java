package lyceum.cli.run;

import lyceum.contracts.alignment.Ranking;
import lyceum.core.Sha256;

/** Which answer a key means where the two may stand in either order. */
final class Ranked {
  private Ranked() {}

  /** A coin for each rater and pair that always falls the same way. */
  static boolean coin(String rater, int pair) {
    return Character.digit(Sha256.of(rater + "\n" + pair).charAt(0), 16) % 2 == 1;
  }

  /**
   * @param key {@code 1}, {@code 2} or {@code t}
   * @param swapped whether the second answer stood on top
   */
  static Ranking.Choice choice(char key, boolean swapped) {
    return switch (key) {
      case '1' -> swapped ? Ranking.Choice.SECOND : Ranking.Choice.FIRST;
      case '2' -> swapped ? Ranking.Choice.FIRST : Ranking.Choice.SECOND;
      case 't' -> Ranking.Choice.TIE;
      default -> throw new IllegalArgumentException("not a key for a choice: " + key);
    };
  }
}
