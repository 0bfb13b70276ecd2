package lyceum.workflows.alignment;

import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import lyceum.contracts.alignment.AlignmentActivities.AnswerPairs;
import lyceum.contracts.alignment.Ranking;
import lyceum.contracts.alignment.RankingStatus;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.workflows.stage.Refusal;
import org.jspecify.annotations.Nullable;

/** Takes people's rankings while it is open; the state of an alignment workflow. */
final class RankingDesk {
  /**
   * Temporal takes 2,000 updates an execution; the rest is left for refusals that were taken by
   * mistake.
   */
  static final int MOST_RANKINGS = 1_900;

  private static final int SHOWN_WHEN_TOO_FEW = 100;

  private final List<Ranking> rankings = new ArrayList<>();
  private final TreeSet<Integer> rankedPairs = new TreeSet<>();
  private @Nullable AnswerPairs pairs;
  private int needed;
  private long deadlineMillis;
  private boolean open;

  void open(AnswerPairs pairs, int needed, Duration deadline) {
    if (needed > pairs.count()) {
      throw LyceumException.user(
          "alignment.peoplePairs asks for "
              + needed
              + " ranked pairs, but only "
              + pairs.count()
              + " pairs of two different answers could be sampled. Lower it, or raise alignment.temperature.");
    }
    if (needed > MOST_RANKINGS) {
      throw LyceumException.user(
          "alignment.peoplePairs is "
              + needed
              + ", but one run takes at most "
              + MOST_RANKINGS
              + " rankings of people.");
    }
    this.pairs = pairs;
    this.needed = needed;
    this.deadlineMillis = Workflow.currentTimeMillis() + deadline.toMillis();
    this.open = true;
  }

  /** Ends the taking and gives every ranking in the order in which it came. */
  List<Ranking> close() {
    open = false;
    return given();
  }

  List<Ranking> given() {
    return List.copyOf(rankings);
  }

  boolean hasEnough() {
    return rankedPairs.size() >= needed;
  }

  void validate(Ranking ranking) {
    if (!open || hasEnough() || pairs == null) {
      throw Refusal.because(
          pairs == null
              ? "No pairs wait to be ranked yet. The stage's status says when they do."
              : "Ranking is closed: "
                  + rankedPairs.size()
                  + " of "
                  + needed
                  + " needed pairs are ranked.");
    }
    if (ranking.pair() >= pairs.count()) {
      throw Refusal.because(
          "There is no pair "
              + ranking.pair()
              + ". The pairs have the numbers 0 to "
              + (pairs.count() - 1)
              + ".");
    }
    if (rankings.stream()
        .anyMatch(r -> r.pair() == ranking.pair() && r.rater().equals(ranking.rater()))) {
      throw Refusal.because(
          ranking.rater()
              + " has ranked pair "
              + ranking.pair()
              + " already. A ranking cannot be changed.");
    }
    if (rankings.size() >= MOST_RANKINGS) {
      throw Refusal.because("One run takes at most " + MOST_RANKINGS + " rankings of people.");
    }
  }

  RankingStatus take(Ranking ranking) {
    // Another ranking may have come between this one's validation and now.
    validate(ranking);
    rankings.add(ranking);
    rankedPairs.add(ranking.pair());
    return status();
  }

  RankingStatus status() {
    return new RankingStatus(
        open,
        pairs == null ? null : pairs.pairs(),
        pairs == null ? 0 : pairs.count(),
        rankedPairs.size(),
        needed,
        deadlineMillis,
        List.copyOf(rankedPairs));
  }

  /** The failure of a stage whose deadline passed; it keeps what people have done. */
  ApplicationFailure tooFew(Duration deadline) {
    String kept =
        rankings.stream()
            .limit(SHOWN_WHEN_TOO_FEW)
            .map(r -> r.pair() + "=" + r.choice() + " (" + r.rater() + ")")
            .collect(Collectors.joining(", "));
    return ApplicationFailure.newBuilder()
        .setMessage(
            "Only "
                + rankedPairs.size()
                + " of "
                + needed
                + " needed pairs were ranked within "
                + deadline.toHours()
                + " hours. Start the run again with a later alignment.rankingDeadlineHours or fewer alignment.peoplePairs."
                + (kept.isEmpty() ? "" : " Rankings so far: " + kept))
        .setType(ErrorCategory.USER.name())
        .setNonRetryable(true)
        .setDetails(List.copyOf(rankings))
        .build();
  }
}
