package lyceum.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import lyceum.core.LyceumException;
import lyceum.core.PairedScore;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PairedComparisonTest {
  @Test
  void yesAndNo_isMcNemarsExactTest() {
    PairedScore paired = binary(50, 5, 15, 30);

    assertThat(paired.method()).isEqualTo("McNemar, exact");
    assertThat(paired.items()).isEqualTo(100);
    assertThat(paired.changed()).isEqualTo(20);
    assertThat(paired.first()).isEqualTo(0.55);
    assertThat(paired.second()).isEqualTo(0.65);
    assertThat(paired.difference()).isCloseTo(0.10, within(1e-12));
    // scipy.stats.binomtest(5, 20).pvalue; its exact interval of 15 of 20 is 0.508954 to 0.913429.
    assertThat(paired.pValue()).isCloseTo(0.0413895, within(1e-6));
    assertThat(paired.low()).isCloseTo((2 * 0.508954 - 1) * 0.2, within(1e-6));
    assertThat(paired.high()).isCloseTo((2 * 0.913429 - 1) * 0.2, within(1e-6));
  }

  @Test
  void fiveLostAndNoneWon_isNotToldFromNoise() {
    PairedScore paired = binary(60, 5, 0, 35);

    assertThat(paired.difference()).isCloseTo(-0.05, within(1e-12));
    assertThat(paired.pValue()).isCloseTo(0.0625, within(1e-9));
    assertThat(paired.isLoss(true, 0)).isFalse();
  }

  @Test
  void tenLostAndNoneWon_isALoss_unlessTheMarginAllowsIt() {
    PairedScore paired = binary(60, 10, 0, 30);

    assertThat(paired.isLoss(true, 0)).isTrue();
    assertThat(paired.isLoss(true, 0.1)).isFalse();
    assertThat(paired.isLoss(false, 0)).isFalse();
  }

  @Property
  void intervalLeavesZeroOut_exactlyWhenTheTestRejects(
      @ForAll @IntRange(max = 60) int lost, @ForAll @IntRange(max = 60) int won) {
    PairedScore paired = binary(10, lost, won, 10);

    boolean out = paired.low() > 0 || paired.high() < 0;
    assertThat(out).isEqualTo(paired.pValue() < 0.05);
    assertThat(paired.low()).isLessThanOrEqualTo(paired.difference() + 1e-12);
    assertThat(paired.high()).isGreaterThanOrEqualTo(paired.difference() - 1e-12);
  }

  @Property(tries = 20)
  void otherWayRound_isTheMirrorImage(
      @ForAll @IntRange(max = 30) int lost, @ForAll @IntRange(max = 30) int won) {
    PairedScore one = binary(10, lost, won, 10);
    PairedScore other = binary(10, won, lost, 10);

    assertThat(other.difference()).isEqualTo(-one.difference());
    assertThat(other.low()).isCloseTo(-one.high(), within(1e-9));
    assertThat(other.pValue()).isEqualTo(one.pValue());
  }

  @Test
  void sums_pairedBootstrapSeesWhatTwoStandardErrorsDoNot() {
    SplittableRandom random = new SplittableRandom(7);
    List<ItemScore> first = new ArrayList<>();
    List<ItemScore> second = new ArrayList<>();
    for (int row = 0; row < 64; row++) {
      double bytes = 800 + random.nextInt(400);
      // The text's own difficulty varies far more than the models do.
      double bits = bytes * (1.5 + random.nextDouble());
      first.add(new ItemScore("validation/bits_per_byte", "r" + row, bits, bytes));
      second.add(
          new ItemScore(
              "validation/bits_per_byte",
              "r" + row,
              bits * (1.008 + 0.004 * random.nextDouble()),
              bytes));
    }

    PairedScore paired =
        PairedComparison.of("validation/bits_per_byte", first, second, 0.95).orElseThrow();

    assertThat(paired.method()).isEqualTo("paired bootstrap");
    assertThat(paired.low()).isPositive().isLessThan(paired.difference());
    assertThat(paired.high()).isGreaterThan(paired.difference());
    assertThat(paired.isLoss(false, 0)).isTrue();
    assertThat(PairedComparison.of("validation/bits_per_byte", first, second, 0.95))
        .contains(paired);
    assertThat(
            PairedComparison.of("validation/bits_per_byte", first, first, 0.95)
                .orElseThrow()
                .isLoss(false, 0))
        .isFalse();
  }

  @Test
  void onlyCommonItemsOfTheScoreArePaired() {
    List<ItemScore> first = items("a", 20, 1);
    List<ItemScore> second = new ArrayList<>(items("a", 12, 0));
    second.addAll(items("b", 20, 1));

    assertThat(PairedComparison.of("a", first, second, 0.95).orElseThrow().items()).isEqualTo(12);
    assertThat(PairedComparison.of("b", first, second, 0.95)).isEmpty();
    assertThat(PairedComparison.of("a", first, items("a", 7, 1), 0.95)).isEmpty();
  }

  @Test
  void itemTwice_isRefused() {
    List<ItemScore> twice = new ArrayList<>(items("a", 10, 1));
    twice.addAll(items("a", 1, 1));

    assertThatThrownBy(() -> PairedComparison.of("a", twice, twice, 0.95))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("item 0 twice");
  }

  private static List<ItemScore> items(String score, int count, int numerator) {
    List<ItemScore> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(new ItemScore(score, Integer.toString(i), numerator, 1));
    }
    return items;
  }

  private static PairedScore binary(int bothRight, int lost, int won, int bothWrong) {
    List<ItemScore> first = new ArrayList<>();
    List<ItemScore> second = new ArrayList<>();
    int[][] kinds = {{bothRight, 1, 1}, {lost, 1, 0}, {won, 0, 1}, {bothWrong, 0, 0}};
    int item = 0;
    for (int[] kind : kinds) {
      for (int i = 0; i < kind[0]; i++) {
        first.add(new ItemScore("skills/accuracy", "q" + item, kind[1], 1));
        second.add(new ItemScore("skills/accuracy", "q" + item++, kind[2], 1));
      }
    }
    return PairedComparison.of("skills/accuracy", first, second, 0.95).orElseThrow();
  }
}
