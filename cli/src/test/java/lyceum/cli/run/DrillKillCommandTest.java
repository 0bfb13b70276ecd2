package lyceum.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import lyceum.contracts.lifecycle.StageProgress;
import org.junit.jupiter.api.Test;

class DrillKillCommandTest {
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
