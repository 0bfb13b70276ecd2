package lyceum.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import java.util.stream.IntStream;
import lyceum.contracts.alignment.Ranking.Choice;
import lyceum.contracts.lifecycle.StageProgress;
import org.junit.jupiter.api.Test;

class RankedTest {
  @Test
  void coin_fallsTheSameWayForARaterAndPair_andBothWaysOverPairs() {
    assertThat(Ranked.coin("ada", 7)).isEqualTo(Ranked.coin("ada", 7));
    long heads = IntStream.range(0, 1000).filter(pair -> Ranked.coin("ada", pair)).count();
    assertThat(heads).isBetween(450L, 550L);
    assertThat(
            IntStream.range(0, 100)
                .filter(pair -> Ranked.coin("ada", pair) != Ranked.coin("grace", pair))
                .count())
        .isPositive();
  }

  @Test
  void choice_namesTheAnswerThatStoodUnderTheKey() {
    assertThat(Ranked.choice('1', false)).isEqualTo(Choice.FIRST);
    assertThat(Ranked.choice('1', true)).isEqualTo(Choice.SECOND);
    assertThat(Ranked.choice('2', true)).isEqualTo(Choice.FIRST);
    assertThat(Ranked.choice('t', true)).isEqualTo(Choice.TIE);
  }

  @Test
  void runName_hasRecipeMomentAndDigits() {
    assertThat(RunNames.of("tiny", Instant.parse("2026-11-21T22:45:00Z"), new Random(1)))
        .matches("tiny-20261121-224500-[0-9a-f]{4}");
  }

  @Test
  void drill_killsInTheMiddleOfTrainingOnly() {
    assertThat(DrillKillCommand.isTraining("alignment.trainPolicy")).isTrue();
    assertThat(DrillKillCommand.isTraining("pretraining.measureBaselines")).isFalse();
    assertThat(Rail.words("alignment.trainPolicy")).isEqualTo("train policy");
    assertThat(DrillKillCommand.isTraining("SampleAnswers")).isFalse();
    assertThat(DrillKillCommand.isMiddle(new StageProgress("train", 19, 100, 1, 1, 0), 0.2))
        .isFalse();
    assertThat(DrillKillCommand.isMiddle(new StageProgress("train", 20, 100, 1, 1, 0), 0.2))
        .isTrue();
    assertThat(DrillKillCommand.isMiddle(new StageProgress("train", 81, 100, 1, 1, 0), 0.2))
        .isFalse();
    assertThat(DrillKillCommand.isMiddle(new StageProgress("bits per byte", 5, 0, 1, 1, 0), 0.2))
        .isFalse();
  }
}
