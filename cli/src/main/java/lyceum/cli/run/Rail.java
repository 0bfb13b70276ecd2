package lyceum.cli.run;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lyceum.application.run.Pace;
import lyceum.application.run.RunState;
import lyceum.application.run.RunView;
import lyceum.application.run.StepView;
import lyceum.application.text.Amounts;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Style;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;

/** The eight stages of a run as lines of text. */
final class Rail {
  private static final int BAR = 20;
  private static final int NAME = 13;

  private final Screen screen;

  Rail(Screen screen) {
    this.screen = screen;
  }

  /**
   * Heading, one line a stage, and what a person can do.
   *
   * @param pace tells the time left of the running step
   */
  List<String> lines(RunView run, Instant now, Pace pace) {
    List<String> lines = new ArrayList<>();
    Instant end = run.closedAtMillis() == 0 ? now : Instant.ofEpochMilli(run.closedAtMillis());
    lines.add(
        screen.style(Style.BOLD, run.runId())
            + "  "
            + screen.style(style(run.state()), run.state().name().toLowerCase(Locale.ROOT))
            + " "
            + Amounts.text(Duration.between(Instant.ofEpochMilli(run.startedAtMillis()), end))
            + screen.style(
                Style.DIM, "  model " + run.modelLine() + ", started by " + run.requestedBy()));
    for (StageStatus stage : run.stages()) {
      lines.add(stageLine(run, stage, now));
      StepView step = run.steps().get(stage.stage());
      if (step != null) {
        lines.add("      " + stepText(step, pace));
      }
    }
    hint(run, lines);
    return lines.stream().map(this::fit).toList();
  }

  private String stageLine(RunView run, StageStatus stage, Instant now) {
    String noun = String.format(Locale.ROOT, "%-" + NAME + "s", stage.stage().noun());
    String state =
        String.format(Locale.ROOT, "%-9s", stage.state().name().toLowerCase(Locale.ROOT));
    String time = "";
    if (stage.startedAtMillis() > 0 && stage.state() != StageState.REUSED) {
      Instant end =
          stage.finishedAtMillis() == 0 ? now : Instant.ofEpochMilli(stage.finishedAtMillis());
      if (stage.finishedAtMillis() == 0 && run.closedAtMillis() > 0) {
        end = Instant.ofEpochMilli(run.closedAtMillis());
      }
      time = Amounts.text(Duration.between(Instant.ofEpochMilli(stage.startedAtMillis()), end));
    }
    String line =
        "  "
            + mark(stage.state())
            + " "
            + noun
            + " "
            + screen.style(style(stage.state()), state)
            + " "
            + String.format(Locale.ROOT, "%7s", time);
    String note = stage.note().replaceAll("\\s+", " ");
    return (note.isEmpty() ? line : line + "  " + screen.style(Style.DIM, note)).stripTrailing();
  }

  /** What the step does, how far it is, how fast, and for how long yet. */
  String stepText(StepView step, Pace pace) {
    StringBuilder text = new StringBuilder();
    StageProgress progress = step.progress();
    if (progress == null) {
      text.append(words(step.name()));
    } else {
      text.append(progress.phase());
      if (progress.steps() > 0) {
        text.append(' ').append(progress.step()).append('/').append(progress.steps()).append(' ');
        text.append(bar(progress.step(), progress.steps()));
      } else if (progress.step() > 0) {
        text.append(' ').append(progress.step());
      }
      if (!Double.isNaN(progress.loss())) {
        text.append(String.format(Locale.ROOT, "  loss %.3f", progress.loss()));
      }
      if (progress.tokensPerSecond() > 0) {
        text.append("  ").append(Amounts.count(progress.tokensPerSecond())).append(" tokens/s");
      }
      pace.left(progress)
          .ifPresent(left -> text.append("  ").append(Amounts.text(left)).append(" left"));
      if (progress.checkpointStep() > 0) {
        text.append("  checkpoint ").append(progress.checkpointStep());
      }
    }
    if (step.waitsForWorker()) {
      text.append("  waits for a worker");
    }
    if (step.attempt() > 1) {
      text.append("  ").append(screen.style(Style.WARN, "attempt " + step.attempt()));
      if (!step.lastFailure().isEmpty()) {
        text.append(
            screen.style(Style.DIM, " after: " + step.lastFailure().replaceAll("\\s+", " ")));
      }
    }
    return text.toString();
  }

  private static String bar(long step, long steps) {
    int full = (int) Math.clamp(step * BAR / steps, 0, BAR);
    return "[" + "#".repeat(full) + "-".repeat(BAR - full) + "]";
  }

  /** {@code alignment.trainPolicy} reads as {@code train policy}. */
  static String words(String type) {
    return type.substring(type.lastIndexOf('.') + 1)
        .replaceAll("([a-z])([A-Z])", "$1 $2")
        .toLowerCase(Locale.ROOT);
  }

  private void hint(RunView run, List<String> lines) {
    if (!run.complete() && !run.state().isOver()) {
      lines.add(
          screen.style(
              Style.WARN,
              "  No worker answers; ./lyceum up starts one. Stages are shown as far as the server knows."));
    }
    switch (run.state()) {
      case PAUSED -> lines.add("  Paused. Go on with: lyceum run resume " + run.runId());
      case WAITING -> run.current().ifPresent(stage -> lines.add("  " + waitingHint(run, stage)));
      case FAILED, CANCELLED -> {
        if (!run.failure().isEmpty()) {
          lines.add(screen.style(Style.BAD, "  " + run.failure().replaceAll("\\s+", " ")));
        }
      }
      case RUNNING, DONE -> {}
    }
  }

  private static String waitingHint(RunView run, StageStatus stage) {
    return switch (stage.stage()) {
      case ALIGNMENT -> "People are asked to rank answers: lyceum rank " + run.runId();
      case DEPLOYMENT -> "A decision is waited for: lyceum approve " + run.runId() + " (or reject)";
      default -> "A person is waited for.";
    };
  }

  private String mark(StageState state) {
    return switch (state) {
      case PENDING -> screen.style(Style.DIM, "·");
      case RUNNING -> screen.style(Style.ACCENT, "▶");
      case WAITING -> screen.style(Style.WARN, "?");
      case PAUSED -> screen.style(Style.WARN, "‖");
      case REUSED -> screen.style(Style.GOOD, "↺");
      case DONE -> screen.style(Style.GOOD, "✓");
      case FAILED, CANCELLED -> screen.style(Style.BAD, "✗");
    };
  }

  private static Style style(StageState state) {
    return switch (state) {
      case PENDING -> Style.DIM;
      case RUNNING -> Style.ACCENT;
      case WAITING, PAUSED -> Style.WARN;
      case REUSED, DONE -> Style.GOOD;
      case FAILED, CANCELLED -> Style.BAD;
    };
  }

  private static Style style(RunState state) {
    return switch (state) {
      case RUNNING -> Style.ACCENT;
      case WAITING, PAUSED -> Style.WARN;
      case DONE -> Style.GOOD;
      case FAILED, CANCELLED -> Style.BAD;
    };
  }

  /** A line longer than the terminal would break the redrawing; styles have no width. */
  private String fit(String line) {
    if (!screen.errIsTerminal()) {
      return line;
    }
    int visible = 0;
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) == '\u001b') {
        i = line.indexOf('m', i);
      } else if (++visible > screen.width() - 1) {
        return line.substring(0, i) + (screen.colour() ? "\u001b[0m" : "");
      }
    }
    return line;
  }
}
