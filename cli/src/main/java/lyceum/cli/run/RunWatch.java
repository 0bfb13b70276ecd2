package lyceum.cli.run;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import lyceum.application.run.Pace;
import lyceum.application.run.RunView;
import lyceum.application.run.Runs;
import lyceum.application.text.Amounts;
import lyceum.cli.screen.Screen;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.LyceumException;
import lyceum.core.Stage;

/**
 * Follows a run: redrawn in place on a terminal; elsewhere one line a change, and one now and then.
 */
final class RunWatch {
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PLAIN_PROGRESS = Duration.ofSeconds(15);
  // A server that is started again must not end the watching.
  private static final int SILENT_POLLS = 30;

  private final Runs runs;
  private final Screen screen;
  private final Rail rail;
  private final Pace pace = new Pace();
  private final Map<Stage, StageState> told = new EnumMap<>(Stage.class);
  private Instant progressTold = Instant.EPOCH;
  private int drawn;

  RunWatch(Runs runs, Screen screen) {
    this.runs = runs;
    this.screen = screen;
    this.rail = new Rail(screen);
  }

  /**
   * Follows the run until the condition holds.
   *
   * @return the run as it was then
   */
  RunView until(String runId, Predicate<RunView> condition) {
    int silent = 0;
    while (true) {
      RunView run;
      try {
        run = runs.view(runId);
        silent = 0;
      } catch (LyceumException e) {
        if (++silent > SILENT_POLLS) {
          throw e;
        }
        sleep();
        continue;
      }
      run.steps()
          .values()
          .forEach(
              step -> {
                if (step.progress() != null) {
                  pace.see(step.progress(), Instant.now());
                }
              });
      show(run);
      if (condition.test(run)) {
        return run;
      }
      sleep();
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(POLL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted while watching; the run goes on.", e);
    }
  }

  private void show(RunView run) {
    if (screen.errIsTerminal()) {
      redraw(rail.lines(run, Instant.now(), pace));
    } else {
      tell(run);
    }
  }

  private void redraw(List<String> lines) {
    StringBuilder text = new StringBuilder();
    if (drawn > 0) {
      text.append("\u001b[").append(drawn).append('A');
    }
    text.append('\r');
    lines.forEach(line -> text.append("\u001b[K").append(line).append('\n'));
    // What is left of a longer picture below goes away.
    text.append("\u001b[J");
    drawn = lines.size();
    screen.err().print(text);
    screen.err().flush();
  }

  private void tell(RunView run) {
    Instant now = Instant.now();
    for (StageStatus stage : run.stages()) {
      StageState before = told.getOrDefault(stage.stage(), StageState.PENDING);
      if (stage.state() != before) {
        told.put(stage.stage(), stage.state());
        String time =
            stage.finishedAtMillis() > 0 && stage.state() != StageState.REUSED
                ? " "
                    + Amounts.text(
                        Duration.ofMillis(stage.finishedAtMillis() - stage.startedAtMillis()))
                : "";
        screen.say(
            stage.stage().noun()
                + " "
                + stage.state().name().toLowerCase(Locale.ROOT)
                + time
                + (stage.note().isEmpty() ? "" : "  " + stage.note().replaceAll("\\s+", " ")));
        progressTold = now;
      }
    }
    if (Duration.between(progressTold, now).compareTo(PLAIN_PROGRESS) >= 0) {
      progressTold = now;
      run.steps()
          .forEach(
              (stage, step) -> screen.say("  " + stage.noun() + ": " + rail.stepText(step, pace)));
    }
    if (run.state().isOver()) {
      screen.say(
          "run "
              + run.state().name().toLowerCase(Locale.ROOT)
              + " after "
              + Amounts.text(Duration.ofMillis(run.closedAtMillis() - run.startedAtMillis()))
              + (run.failure().isEmpty() ? "" : ": " + run.failure()));
    }
  }
}
