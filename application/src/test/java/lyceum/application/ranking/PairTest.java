package lyceum.application.ranking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import lyceum.application.ranking.Pair.Preference;
import lyceum.contracts.alignment.Ranking.Choice;
import org.junit.jupiter.api.Test;

class PairTest {
  private static Pair pair(int number) {
    return new Pair(number, "prompt", "first", "second");
  }

  @Test
  void order_isTheSameForARaterAndPair_andBothWaysOverPairs() {
    assertThat(pair(7).isSwapped("ada")).isEqualTo(pair(7).isSwapped("ada"));
    long swapped = IntStream.range(0, 1000).filter(n -> pair(n).isSwapped("ada")).count();
    assertThat(swapped).isBetween(450L, 550L);
    assertThat(
            IntStream.range(0, 100)
                .filter(n -> pair(n).isSwapped("ada") != pair(n).isSwapped("grace"))
                .count())
        .isPositive();
  }

  @Test
  void ranking_namesTheAnswerThatTheRaterSawThere() {
    for (int number = 0; number < 20; number++) {
      Pair pair = pair(number);
      Choice left = pair.left("ada").equals("first") ? Choice.FIRST : Choice.SECOND;
      Choice right = pair.right("ada").equals("first") ? Choice.FIRST : Choice.SECOND;
      assertThat(left).isNotEqualTo(right);
      assertThat(pair.ranking("ada", Preference.LEFT).choice()).isEqualTo(left);
      assertThat(pair.ranking("ada", Preference.RIGHT).choice()).isEqualTo(right);
      assertThat(pair.ranking("ada", Preference.TIE).choice()).isEqualTo(Choice.TIE);
    }
  }
}
