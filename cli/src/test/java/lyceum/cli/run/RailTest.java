package lyceum.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lyceum.application.run.Pace;
import lyceum.application.run.RunState;
import lyceum.application.run.RunView;
import lyceum.application.run.StepView;
import lyceum.cli.screen.Screen;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.Stage;
import org.junit.jupiter.api.Test;

class RailTest {
  private static final Instant BEGAN = Instant.parse("2026-11-21T10:00:00Z");
  private static final Screen PLAIN =
      new Screen(System.out, System.err, false, false, false, false, 100);

  private static StageStatus stage(Stage stage, StageState state, long from, long to, String note) {
    return new StageStatus(
        stage,
        state,
        from < 0 ? 0 : BEGAN.plusSeconds(from).toEpochMilli(),
        to < 0 ? 0 : BEGAN.plusSeconds(to).toEpochMilli(),
        note);
  }

  private static List<StageStatus> stages(StageStatus... known) {
    List<StageStatus> stages = new ArrayList<>(List.of(known));
    for (Stage stage : Stage.values()) {
      if (stage.ordinal() >= known.length) {
        stages.add(stage(stage, StageState.PENDING, -1, -1, ""));
      }
    }
    return stages;
  }

  private static RunView run(
      RunState state, List<StageStatus> stages, Map<Stage, StepView> steps, String failure) {
    return new RunView(
        "tiny-20261121-100000-9f3c",
        "tiny",
        "lyceum-tiny",
        "ada",
        state,
        BEGAN.toEpochMilli(),
        state.isOver() ? BEGAN.plusSeconds(125).toEpochMilli() : 0,
        "abc",
        stages,
        steps,
        failure,
        true);
  }

  @Test
  void runningStep_showsItsProgress_attemptAndTimeLeft() {
    StageProgress progress = new StageProgress("pretraining", 450, 900, 3.4567, 8123.0, 400);
    Pace pace = new Pace();
    pace.see(new StageProgress("pretraining", 250, 900, 3.6, 8000, 200), BEGAN.plusSeconds(80));
    pace.see(progress, BEGAN.plusSeconds(120));
    RunView run =
        run(
            RunState.RUNNING,
            stages(
                stage(Stage.CORPUS, StageState.REUSED, 0, 1, "Same inputs as in run tiny-1."),
                stage(Stage.TOKENIZER, StageState.DONE, 1, 13, ""),
                stage(Stage.PRETRAINING, StageState.RUNNING, 13, -1, "")),
            Map.of(
                Stage.PRETRAINING,
                new StepView("Train", 2, progress, false, "activity Heartbeat timeout")),
            "");

    assertThat(new Rail(PLAIN).lines(run, BEGAN.plusSeconds(120), pace))
        .containsExactly(
            "tiny-20261121-100000-9f3c  running 2m00s  model lyceum-tiny, started by ada",
            "  ↺ corpus        reused             Same inputs as in run tiny-1.",
            "  ✓ tokenizer     done          12s",
            "  ▶ pretraining   running     1m47s",
            "      pretraining 450/900 [##########----------]  loss 3.457  8.1k tokens/s  1m30s left  checkpoint 400"
                + "  attempt 2 after: activity Heartbeat timeout",
            "  · finetuning    pending",
            "  · alignment     pending",
            "  · evaluation    pending",
            "  · distillation  pending",
            "  · deployment    pending");
  }

  @Test
  void waitingForPeople_saysWhichCommand() {
    RunView run =
        run(
            RunState.WAITING,
            stages(
                stage(Stage.CORPUS, StageState.DONE, 0, 1, ""),
                stage(Stage.TOKENIZER, StageState.DONE, 1, 2, ""),
                stage(Stage.PRETRAINING, StageState.DONE, 2, 3, ""),
                stage(Stage.FINETUNING, StageState.DONE, 3, 4, ""),
                stage(
                    Stage.ALIGNMENT,
                    StageState.WAITING,
                    4,
                    -1,
                    "8 of 16 pairs wait to be ranked by people")),
            Map.of(),
            "");
    assertThat(new Rail(PLAIN).lines(run, BEGAN.plusSeconds(60), new Pace()))
        .contains("  ? alignment     waiting       56s  8 of 16 pairs wait to be ranked by people")
        .last()
        .isEqualTo("  People are asked to rank answers: lyceum rank tiny-20261121-100000-9f3c");
  }

  @Test
  void failedRun_stopsItsClock_andSaysWhy() {
    RunView run =
        run(
            RunState.FAILED,
            stages(stage(Stage.CORPUS, StageState.FAILED, 0, 125, "digest differs")),
            Map.of(),
            "The corpus stage failed:\n digest differs");
    List<String> lines = new Rail(PLAIN).lines(run, BEGAN.plusSeconds(9999), new Pace());
    assertThat(lines.get(0)).contains("failed 2m05s");
    assertThat(lines).last().isEqualTo("  The corpus stage failed: digest differs");
  }

  @Test
  void lineLongerThanTheTerminal_isCut_soThatRedrawingHolds() {
    Screen narrow = new Screen(System.out, System.err, true, true, true, true, 40);
    RunView run =
        run(
            RunState.RUNNING,
            stages(stage(Stage.CORPUS, StageState.REUSED, 0, 1, "x".repeat(300))),
            Map.of(),
            "");
    for (String line : new Rail(narrow).lines(run, BEGAN, new Pace())) {
      assertThat(line.replaceAll("\u001b\\[[0-9;]*m", "")).hasSizeLessThan(40);
    }
  }
}
