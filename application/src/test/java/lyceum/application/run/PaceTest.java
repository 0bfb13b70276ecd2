package lyceum.application.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import lyceum.contracts.lifecycle.StageProgress;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  private static StageProgress at(String phase, long step) {
    return new StageProgress(phase, step, 100, Double.NaN, 0, 0);
  }

  @Test
  void left_isStepsLeftAtTheSpeedSeen() {
    Pace pace = new Pace();
    pace.see(at("train", 10), NOW);
    pace.see(at("train", 20), NOW.plusSeconds(5));
    assertThat(pace.left(at("train", 20))).contains(Duration.ofSeconds(40));
  }

  @Test
  void left_isUnknown_afterOneLook_andInAnotherPhase() {
    Pace pace = new Pace();
    pace.see(at("train", 10), NOW);
    assertThat(pace.left(at("train", 10))).isEmpty();
    pace.see(at("train", 20), NOW.plusSeconds(5));
    assertThat(pace.left(at("evaluate", 20))).isEmpty();
  }

  @Test
  void left_beginsAnew_whenAStepResumesFromItsCheckpoint() {
    Pace pace = new Pace();
    pace.see(at("train", 10), NOW);
    pace.see(at("train", 60), NOW.plusSeconds(5));
    pace.see(at("train", 40), NOW.plusSeconds(30));
    assertThat(pace.left(at("train", 40))).isEmpty();
    pace.see(at("train", 50), NOW.plusSeconds(40));
    assertThat(pace.left(at("train", 50))).contains(Duration.ofSeconds(50));
  }
}
