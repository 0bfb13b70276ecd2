package lyceum.contracts.deployment;

import java.util.List;
import lyceum.core.PairedScore;

/**
 * A candidate held against the model that served when it was judged, on the candidate's suite.
 *
 * @param champion that version
 * @param scores one for each gate's score that both models have items of
 * @param note what could not be compared, and why; empty where all could
 */
public record ChampionComparison(int champion, List<Outcome> scores, String note) {
  /**
   * One score.
   *
   * @param paired first the champion, second the candidate
   * @param passed whether the candidate has not lost more than noise and the margin explain
   */
  public record Outcome(PairedScore paired, boolean higherIsBetter, boolean passed) {}

  /** Whether every score passed; one that could not be compared does not stand in the way. */
  public boolean hasNoLoss() {
    return scores.stream().allMatch(Outcome::passed);
  }
}
