package lyceum.application.ranking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import lyceum.contracts.alignment.Ranking;
import lyceum.contracts.alignment.Ranking.Choice;
import org.junit.jupiter.api.Test;

class RankingsTest {
  private static final List<Pair> PAIRS =
      IntStream.range(0, 12).mapToObj(i -> new Pair(i, "prompt", "first", "second")).toList();

  /** What a person ranks until nothing is left for them. */
  private static List<Integer> all(String rater, List<Ranking> given) {
    List<Integer> dealt = new ArrayList<>();
    Optional<Pair> next = Rankings.next(PAIRS, given, rater, Set.of());
    while (next.isPresent()) {
      dealt.add(next.get().number());
      given.add(new Ranking(next.get().number(), Choice.FIRST, rater));
      next = Rankings.next(PAIRS, given, rater, Set.of());
    }
    return dealt;
  }

  @Test
  void next_alone_goesThroughAllPairsOnce() {
    assertThat(all("ann", new ArrayList<>()))
        .containsExactlyElementsOf(PAIRS.stream().map(Pair::number).toList());
  }

  @Test
  void next_eachFifth_isOneThatOthersRanked() {
    List<Ranking> given = new ArrayList<>();
    for (int pair = 0; pair < 3; pair++) {
      given.add(new Ranking(pair, Choice.SECOND, "ann"));
    }
    // Nine are left that nobody ranked; the fifth and the tenth are Ann's.
    assertThat(all("bob", given)).containsExactly(3, 4, 5, 6, 0, 7, 8, 9, 10, 1, 11);
    assertThat(Agreement.of(given).overlapping()).isEqualTo(2);
  }

  @Test
  void next_leavesOutWhatWasPassedOver() {
    assertThat(Rankings.next(PAIRS, List.of(), "ann", Set.of(0, 1)).orElseThrow().number())
        .isEqualTo(2);
  }
}
