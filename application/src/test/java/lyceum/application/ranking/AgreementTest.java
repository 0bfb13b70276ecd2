package lyceum.application.ranking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import lyceum.contracts.alignment.Ranking;
import lyceum.contracts.alignment.Ranking.Choice;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class AgreementTest {
  private static List<Ranking> rankings(String... raters) {
    List<Ranking> rankings = new ArrayList<>();
    for (int rater = 0; rater < raters.length; rater++) {
      for (int pair = 0; pair < raters[rater].length(); pair++) {
        int choice = "12=".indexOf(raters[rater].charAt(pair));
        if (choice >= 0) {
          rankings.add(new Ranking(pair, Choice.values()[choice], "rater " + rater));
        }
      }
    }
    return rankings;
  }

  @Test
  void alpha_twoRaters_isThatOfTheTextbook() {
    // Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section B.
    Agreement agreement = Agreement.of(rankings("1211111111", "2221121121"));

    assertThat(agreement.overlapping()).isEqualTo(10);
    assertThat(agreement.same().orElseThrow()).isCloseTo(0.6, within(1e-12));
    assertThat(agreement.alpha().orElseThrow()).isCloseTo(0.095, within(0.0005));
    assertThat(agreement.ranked()).containsEntry("rater 0", 10).containsEntry("rater 1", 10);
  }

  @Test
  void raters_whoNeverMeet_haveNoAgreement() {
    Agreement agreement = Agreement.of(rankings("11-", "--2"));

    assertThat(agreement.overlapping()).isZero();
    assertThat(agreement.same()).isEmpty();
    assertThat(agreement.alpha()).isEmpty();
    assertThat(agreement.ranked()).containsEntry("rater 0", 2).containsEntry("rater 1", 1);
  }

  @Test
  void raters_whoAlwaysAgree_haveOne_ifTheyChooseDifferently() {
    assertThat(Agreement.of(rankings("1212=", "1212=")).alpha()).hasValue(1.0);
    Agreement one = Agreement.of(rankings("1111", "1111"));
    assertThat(one.same()).hasValue(1.0);
    assertThat(one.alpha()).isEmpty();
  }

  @Property
  void alpha_isAtMostOne_andTheOrderOfRankingsDoesNotMatter(
      @ForAll @Size(min = 2, max = 4) List<@IntRange(max = 2) Integer> raters,
      @ForAll @IntRange(min = 1, max = 30) int pairs) {
    List<Ranking> rankings = new ArrayList<>();
    for (int pair = 0; pair < pairs; pair++) {
      for (int rater = 0; rater < raters.size(); rater++) {
        rankings.add(
            new Ranking(pair, Choice.values()[(raters.get(rater) + pair) % 3], "rater " + rater));
      }
    }
    Agreement agreement = Agreement.of(rankings);
    agreement.alpha().ifPresent(alpha -> assertThat(alpha).isLessThanOrEqualTo(1 + 1e-12));
    Agreement back = Agreement.of(rankings.reversed());
    assertThat(back.same().orElseThrow()).isCloseTo(agreement.same().orElseThrow(), within(1e-12));
  }
}
