package lyceum.application.ranking;

import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.contracts.alignment.Ranking;

/**
 * How far raters chose the same, over pairs that two or more of them ranked.
 *
 * @param ranked how many pairs each rater ranked
 * @param overlapping pairs with two or more raters
 * @param same share of the pairs of raters, pair for pair, that chose the same; empty without
 *     overlap
 * @param alpha Krippendorff's alpha for nominal choices: 1 where all agree, 0 where they do no more
 *     than chance; empty without overlap, and where all choices are of one kind, since then nothing
 *     tells agreement from chance
 */
public record Agreement(
    SortedMap<String, Integer> ranked,
    int overlapping,
    Optional<Double> same,
    Optional<Double> alpha) {
  /** Of these rankings; each rater ranked a pair once. */
  public static Agreement of(List<Ranking> rankings) {
    SortedMap<String, Integer> ranked = new TreeMap<>();
    Map<Integer, Map<Ranking.Choice, Integer>> pairs = new TreeMap<>();
    for (Ranking ranking : rankings) {
      ranked.merge(ranking.rater(), 1, Integer::sum);
      pairs
          .computeIfAbsent(ranking.pair(), pair -> new EnumMap<>(Ranking.Choice.class))
          .merge(ranking.choice(), 1, Integer::sum);
    }
    List<Map<Ranking.Choice, Integer>> shared =
        pairs.values().stream().filter(choices -> count(choices.values()) > 1).toList();
    if (shared.isEmpty()) {
      return new Agreement(ranked, 0, Optional.empty(), Optional.empty());
    }
    Map<Ranking.Choice, Integer> all = new EnumMap<>(Ranking.Choice.class);
    double differing = 0;
    for (Map<Ranking.Choice, Integer> choices : shared) {
      int raters = count(choices.values());
      choices.forEach((choice, count) -> all.merge(choice, count, Integer::sum));
      differing += (double) differing(choices.values(), raters) / (raters - 1);
    }
    int values = count(all.values());
    double observed = differing / values;
    long expected = differing(all.values(), values);
    return new Agreement(
        ranked,
        shared.size(),
        Optional.of(1 - observed),
        expected == 0
            ? Optional.empty()
            : Optional.of(1 - observed * values * (values - 1) / expected));
  }

  private static int count(Collection<Integer> counts) {
    return counts.stream().mapToInt(Integer::intValue).sum();
  }

  /** Ordered pairs of two different choices among {@code all}. */
  private static long differing(Collection<Integer> counts, int all) {
    return counts.stream().mapToLong(count -> (long) count * (all - count)).sum();
  }
}
