package lyceum.console.api;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import lyceum.application.run.Pace;
import lyceum.application.run.RunState;
import lyceum.application.run.RunSummary;
import lyceum.application.run.RunView;
import lyceum.application.run.StepView;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.Stage;
import org.jspecify.annotations.Nullable;

/** Runs as the API tells them. */
final class RunJson {
  private RunJson() {}

  /** How a run stands as a whole. */
  enum State {
    RUNNING,
    WAITING,
    PAUSED,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    static State of(RunState state) {
      return switch (state) {
        case RUNNING -> RUNNING;
        case WAITING -> WAITING;
        case PAUSED -> PAUSED;
        case DONE -> SUCCEEDED;
        case FAILED -> FAILED;
        case CANCELLED -> CANCELLED;
      };
    }

    RunState state() {
      return switch (this) {
        case RUNNING -> RunState.RUNNING;
        case WAITING -> RunState.WAITING;
        case PAUSED -> RunState.PAUSED;
        case SUCCEEDED -> RunState.DONE;
        case FAILED -> RunState.FAILED;
        case CANCELLED -> RunState.CANCELLED;
      };
    }
  }

  /**
   * One line of a list.
   *
   * @param waitingFor {@code ranking}, {@code approval}, or empty
   */
  record Summary(
      String id,
      String recipe,
      String modelLine,
      String requestedBy,
      State state,
      String stage,
      Instant started,
      @Nullable Instant ended,
      String waitingFor) {
    static Summary of(RunSummary run) {
      return new Summary(
          run.runId(),
          run.recipe(),
          run.modelLine(),
          run.requestedBy(),
          State.of(run.state()),
          run.stage(),
          Instant.ofEpochMilli(run.startedAtMillis()),
          instant(run.closedAtMillis()),
          waitingFor(run));
    }

    static Summary of(RunView run) {
      return of(
          new RunSummary(
              run.runId(),
              run.recipe(),
              run.modelLine(),
              run.requestedBy(),
              run.state(),
              run.current().map(stage -> stage.stage().noun()).orElse(""),
              run.startedAtMillis(),
              run.closedAtMillis()));
    }

    private static String waitingFor(RunSummary run) {
      if (run.state() != RunState.WAITING) {
        return "";
      }
      return run.stage().equals(Stage.ALIGNMENT.noun())
          ? "ranking"
          : run.stage().equals(Stage.DEPLOYMENT.noun()) ? "approval" : "";
    }
  }

  record Page(List<Summary> items, String nextPageToken) {}

  /**
   * A run.
   *
   * @param failure why it ended, where it ended badly
   * @param complete false when no worker could be asked, so that reasons and reuse are not known
   */
  record View(
      String id,
      String recipe,
      String modelLine,
      String requestedBy,
      State state,
      Instant started,
      @Nullable Instant ended,
      String failure,
      boolean complete,
      List<StageView> stages,
      Map<String, URI> links) {
    static View of(RunView run, Map<String, URI> links, Pace pace) {
      return new View(
          run.runId(),
          run.recipe(),
          run.modelLine(),
          run.requestedBy(),
          State.of(run.state()),
          Instant.ofEpochMilli(run.startedAtMillis()),
          instant(run.closedAtMillis()),
          run.failure(),
          run.complete(),
          run.stages().stream()
              .map(stage -> StageView.of(stage, run.steps().get(stage.stage()), pace))
              .toList(),
          links);
    }
  }

  /**
   * One stage of a run.
   *
   * @param reason why it was reused or why it runs
   */
  record StageView(
      String stage,
      StageState state,
      @Nullable Instant started,
      @Nullable Instant ended,
      String note,
      boolean reused,
      String reason,
      @Nullable Integer attempts,
      @Nullable Step step) {
    static StageView of(StageStatus stage, @Nullable StepView step, Pace pace) {
      return new StageView(
          stage.stage().noun(),
          stage.state(),
          instant(stage.startedAtMillis()),
          instant(stage.finishedAtMillis()),
          stage.note(),
          stage.state() == StageState.REUSED,
          stage.note(),
          step == null ? null : step.attempt(),
          step == null ? null : Step.of(step, pace));
    }
  }

  record Step(
      String activity,
      int attempt,
      boolean waitsForWorker,
      @Nullable Progress progress,
      String lastFailure) {
    static Step of(StepView step, Pace pace) {
      StageProgress progress = step.progress();
      return new Step(
          step.name(),
          step.attempt(),
          step.waitsForWorker(),
          progress == null ? null : Progress.of(progress, pace),
          step.lastFailure());
    }
  }

  /**
   * @param total 0 when unknown
   * @param rate tokens a second, 0 where it does not apply
   * @param eta seconds left of this step; {@code null} before anything can be said
   * @param loss {@code null} where there is none
   * @param checkpoint step of the newest checkpoint, 0 before the first
   */
  record Progress(
      String phase,
      long done,
      long total,
      String unit,
      double rate,
      @Nullable Double eta,
      @Nullable Double loss,
      long checkpoint) {
    static Progress of(StageProgress progress, Pace pace) {
      return new Progress(
          progress.phase(),
          progress.step(),
          progress.steps(),
          "steps",
          Double.isFinite(progress.tokensPerSecond()) ? progress.tokensPerSecond() : 0,
          pace.left(progress).map(left -> left.toMillis() / 1000.0).orElse(null),
          finite(progress.loss()),
          progress.checkpointStep());
    }
  }

  static @Nullable Instant instant(long millis) {
    return millis == 0 ? null : Instant.ofEpochMilli(millis);
  }

  /** JSON has no NaN. */
  static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
