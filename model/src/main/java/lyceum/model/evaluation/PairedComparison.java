package lyceum.model.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import lyceum.core.LyceumException;
import lyceum.core.PairedScore;
import org.apache.commons.statistics.distribution.BetaDistribution;
import org.apache.commons.statistics.distribution.BinomialDistribution;

/**
 * Holds two models against each other on the same items, which tells smaller differences from noise
 * than their two standard errors do.
 *
 * <p>Where every item is a yes or a no: McNemar's exact test on the items on which the models
 * differ (McNemar 1947), with the interval that belongs to it: Clopper and Pearson's for the share
 * of these items that the second model wins, times their share of all items. It leaves zero out
 * exactly when the test rejects. Elsewhere, sums over items are drawn again with replacement, the
 * pairs kept together (the paired bootstrap, Efron 1979; percentiles of {@value #RESAMPLES}
 * resamples from a fixed seed).
 */
public final class PairedComparison {
  private static final int RESAMPLES = 10_000;
  private static final long SEED = 20_261_128;

  /** Below this the resamples say more about the few items than about the models. */
  private static final int FEWEST = 8;

  private PairedComparison() {}

  /**
   * Compares on the items of one score that both models have; empty when there are fewer than
   * {@value #FEWEST}.
   *
   * @param score {@code suite/metric}
   * @param confidence of the interval, between 0 and 1
   * @throws LyceumException INTERNAL when a model has an item twice
   */
  public static Optional<PairedScore> of(
      String score, List<ItemScore> first, List<ItemScore> second, double confidence) {
    Map<String, ItemScore> others = new HashMap<>();
    for (ItemScore item : second) {
      if (item.score().equals(score) && others.put(item.item(), item) != null) {
        throw LyceumException.internal(score + " has the item " + item.item() + " twice.");
      }
    }
    List<ItemScore> a = new ArrayList<>();
    List<ItemScore> b = new ArrayList<>();
    for (ItemScore item : first) {
      ItemScore other = item.score().equals(score) ? others.get(item.item()) : null;
      if (other != null) {
        a.add(item);
        b.add(other);
      }
    }
    if (a.size() < FEWEST) {
      return Optional.empty();
    }
    boolean binary =
        a.stream().allMatch(ItemScore::isBinary) && b.stream().allMatch(ItemScore::isBinary);
    return Optional.of(
        binary ? mcNemar(score, a, b, confidence) : bootstrap(score, a, b, confidence));
  }

  private static PairedScore mcNemar(
      String score, List<ItemScore> a, List<ItemScore> b, double confidence) {
    int n = a.size();
    int won = 0;
    int lost = 0;
    for (int i = 0; i < n; i++) {
      double difference = b.get(i).numerator() - a.get(i).numerator();
      won += difference > 0 ? 1 : 0;
      lost += difference < 0 ? 1 : 0;
    }
    int changed = won + lost;
    double share = (double) changed / n;
    double tail = (1 - confidence) / 2;
    double low =
        won == 0
            ? 0
            : BetaDistribution.of(won, changed - won + 1.0).inverseCumulativeProbability(tail);
    double high =
        lost == 0
            ? 1
            : BetaDistribution.of(won + 1.0, changed - won).inverseSurvivalProbability(tail);
    double p =
        changed == 0
            ? 1
            : Math.min(
                1,
                2
                    * BinomialDistribution.of(changed, 0.5)
                        .cumulativeProbability(Math.min(won, lost)));
    double first = a.stream().mapToDouble(ItemScore::numerator).sum() / n;
    double second = b.stream().mapToDouble(ItemScore::numerator).sum() / n;
    return new PairedScore(
        score,
        first,
        second,
        (double) (won - lost) / n,
        changed == 0 ? 0 : (2 * low - 1) * share,
        changed == 0 ? 0 : (2 * high - 1) * share,
        confidence,
        p,
        n,
        changed,
        "McNemar, exact");
  }

  private static PairedScore bootstrap(
      String score, List<ItemScore> a, List<ItemScore> b, double confidence) {
    int n = a.size();
    double[] differences = new double[RESAMPLES];
    SplittableRandom random = new SplittableRandom(SEED);
    int below = 0;
    int above = 0;
    for (int r = 0; r < RESAMPLES; r++) {
      double firstOver = 0;
      double firstUnder = 0;
      double secondOver = 0;
      double secondUnder = 0;
      for (int i = 0; i < n; i++) {
        int drawn = random.nextInt(n);
        firstOver += a.get(drawn).numerator();
        firstUnder += a.get(drawn).denominator();
        secondOver += b.get(drawn).numerator();
        secondUnder += b.get(drawn).denominator();
      }
      differences[r] = secondOver / secondUnder - firstOver / firstUnder;
      below += differences[r] <= 0 ? 1 : 0;
      above += differences[r] >= 0 ? 1 : 0;
    }
    Arrays.sort(differences);
    double tail = (1 - confidence) / 2;
    long changed = 0;
    for (int i = 0; i < n; i++) {
      boolean same =
          a.get(i).numerator() == b.get(i).numerator()
              && a.get(i).denominator() == b.get(i).denominator();
      changed += same ? 0 : 1;
    }
    double first = ratio(a);
    double second = ratio(b);
    return new PairedScore(
        score,
        first,
        second,
        second - first,
        quantile(differences, tail),
        quantile(differences, 1 - tail),
        confidence,
        Math.min(1, 2.0 * (Math.min(below, above) + 1) / (RESAMPLES + 1)),
        n,
        changed,
        "paired bootstrap");
  }

  private static double ratio(List<ItemScore> items) {
    return items.stream().mapToDouble(ItemScore::numerator).sum()
        / items.stream().mapToDouble(ItemScore::denominator).sum();
  }

  private static double quantile(double[] ascending, double share) {
    return ascending[(int) Math.round(share * (ascending.length - 1))];
  }
}
