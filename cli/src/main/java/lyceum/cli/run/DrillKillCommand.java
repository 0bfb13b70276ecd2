package lyceum.cli.run;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.recipe.Door;
import lyceum.application.run.RunState;
import lyceum.application.run.RunView;
import lyceum.application.run.Runs;
import lyceum.application.run.StepView;
import lyceum.application.run.TrackingCurves;
import lyceum.application.temporal.TemporalConnection;
import lyceum.application.text.Amounts;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Steps;
import lyceum.cli.screen.Table;
import lyceum.cli.stack.LocalStack;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.tracking.MlflowRuns;
import lyceum.contracts.alignment.AlignmentResult;
import lyceum.contracts.distillation.DistillationResult;
import lyceum.contracts.finetuning.FinetuningResult;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.pretraining.PretrainingResult;
import lyceum.core.LyceumException;
import lyceum.core.Stage;
import lyceum.core.recipe.Recipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lyceum drill kill}. */
@Command(
    name = "kill",
    description = {
      "Run a recipe twice with one seed: once undisturbed, once with the worker killed (kill -9) in the middle of training.",
      "Exit code 0 only when the weights of every stage are equal, bit for bit, and no metric is recorded twice."
    })
final class DrillKillCommand implements Callable<Integer> {
  private static final Set<Stage> TRAINING =
      EnumSet.of(Stage.PRETRAINING, Stage.FINETUNING, Stage.ALIGNMENT, Stage.DISTILLATION);
  private static final double EARLIEST = 0.2;
  private static final double LATEST = 0.8;
  private static final Duration POLL = Duration.ofMillis(50);

  private final Lyceum lyceum;

  @Option(
      names = "--stage",
      defaultValue = "all",
      paramLabel = "STAGE",
      description =
          "pretraining, finetuning, alignment, distillation, or all: a kill in each (default ${DEFAULT-VALUE}).")
  private String stage = "all";

  @Option(
      names = "--recipe",
      defaultValue = "smoke",
      description = "Which recipe (default ${DEFAULT-VALUE}).")
  private String recipeName = "smoke";

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a value of the recipe. May be repeated.")
  private List<String> overrides = List.of();

  @Mixin private OutputOption output = new OutputOption();

  DrillKillCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  /** One kill that was done. */
  record Kill(Stage stage, String phase, long step, long steps) {}

  /** One run in which the worker was killed, held against the undisturbed one. */
  record Round(
      String run,
      List<Kill> kills,
      List<Weights> weights,
      long metricPoints,
      List<String> repeatedMetrics) {
    boolean passed() {
      return repeatedMetrics.isEmpty()
          && !weights.isEmpty()
          && weights.stream().allMatch(Weights::equal);
    }
  }

  /** What the drill found. */
  record Report(String undisturbedRun, List<Round> rounds, boolean passed) {}

  /** One model made by both runs. */
  record Weights(String model, String undisturbed, String killed) {
    boolean equal() {
      return undisturbed.equals(killed);
    }
  }

  @Override
  public Integer call() {
    Set<Stage> targets = targets();
    Screen screen = lyceum.screen();
    Recipe recipe =
        new RecipeReader(lyceum.install().resolve("recipes")).read(recipeName, overrides);
    LocalStack stack = lyceum.stack();
    Settings settings = stack.up(LocalStack.Scope.EVERYTHING);
    try (Steps steps = new Steps(screen)) {
      new Door(settings).checkSources(recipe, steps);
    }
    try (TemporalConnection connection = lyceum.connect(settings)) {
      Runs runs = new Runs(connection);
      String undisturbed = runs.start(recipe, true, lyceum.user(), new SecureRandom());
      screen.say("Undisturbed run: " + undisturbed);
      requireDone(runs, undisturbed);
      List<Round> rounds = new ArrayList<>();
      Set<Stage> left = EnumSet.copyOf(targets);
      // A training of a second or two may be over before its middle is seen; then its first sign of
      // life must do.
      for (double earliest : new double[] {EARLIEST, 0}) {
        if (!left.isEmpty()) {
          Round round = round(runs, recipe, undisturbed, left, earliest, stack, settings);
          round.kills().forEach(kill -> left.remove(kill.stage()));
          rounds.add(round);
        }
      }
      if (!left.isEmpty()) {
        throw new RequestFailure(
            Outcome.FAILED,
            "Training was over before the worker could be killed in it, in the stages "
                + left
                + ". Give them more steps, for example --set pretraining.steps=400 or --set alignment.policy.steps=50.");
      }
      Report report = new Report(undisturbed, rounds, rounds.stream().allMatch(Round::passed));
      show(report);
      return (report.passed() ? ExitCode.OK : ExitCode.FAILURE).status();
    }
  }

  private Round round(
      Runs runs,
      Recipe recipe,
      String undisturbed,
      Set<Stage> targets,
      double earliest,
      LocalStack stack,
      Settings settings) {
    String killed = runs.start(recipe, true, lyceum.user(), new SecureRandom());
    lyceum.screen().say("Run to be killed: " + killed);
    List<Kill> kills = new ArrayList<>();
    for (Stage target : targets) {
      killIn(target, runs, killed, earliest, stack).ifPresent(kills::add);
    }
    requireDone(runs, killed);
    return held(runs, settings, undisturbed, killed, kills);
  }

  private Set<Stage> targets() {
    if (stage.equals("all")) {
      return TRAINING;
    }
    Stage one = Stage.ofNoun(stage);
    if (!TRAINING.contains(one)) {
      throw LyceumException.user(
          "The "
              + one.noun()
              + " stage does not train. The drill kills in pretraining, finetuning, alignment or distillation.");
    }
    return EnumSet.of(one);
  }

  private void requireDone(Runs runs, String runId) {
    RunView end = new RunWatch(runs, lyceum.screen()).until(runId, run -> run.state().isOver());
    if (end.state() != RunState.DONE) {
      throw new RequestFailure(
          Outcome.RUN_FAILED, "The run " + runId + " ended badly: " + end.failure());
    }
  }

  /**
   * Waits for the middle of the stage's training, kills the worker there and starts another; empty
   * when the stage was over before that.
   */
  private Optional<Kill> killIn(
      Stage target, Runs runs, String runId, double earliest, LocalStack stack) {
    while (true) {
      RunView run = runs.view(runId);
      if (run.state().isOver() || isPast(run, target)) {
        return Optional.empty();
      }
      StepView step = run.steps().get(target);
      StageProgress progress = step == null ? null : step.progress();
      if (step != null
          && progress != null
          && isTraining(step.name())
          && isMiddle(progress, earliest)) {
        stack.killWorker();
        Instant at = Instant.now();
        lyceum
            .screen()
            .say(
                "Killed the worker in "
                    + target.noun()
                    + ", "
                    + progress.phase()
                    + " step "
                    + progress.step()
                    + " of "
                    + progress.steps());
        stack.up(LocalStack.Scope.EVERYTHING);
        lyceum
            .screen()
            .say("A new worker polls after " + Amounts.text(Duration.between(at, Instant.now())));
        return Optional.of(new Kill(target, progress.phase(), progress.step(), progress.steps()));
      }
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw LyceumException.external("Interrupted; the run goes on.", e);
      }
    }
  }

  /** Sampling and measuring heartbeat too; what must survive is the training. */
  static boolean isTraining(String activity) {
    return activity
        .substring(activity.lastIndexOf('.') + 1)
        .toLowerCase(Locale.ROOT)
        .startsWith("train");
  }

  /**
   * @param earliest share of the steps that must be done
   */
  static boolean isMiddle(StageProgress progress, double earliest) {
    return progress.steps() > 0
        && progress.step() >= earliest * progress.steps()
        && progress.step() <= LATEST * progress.steps();
  }

  private static boolean isPast(RunView run, Stage target) {
    return run.stages().stream()
        .filter(status -> status.stage() == target)
        .anyMatch(status -> status.finishedAtMillis() > 0);
  }

  private Round held(
      Runs runs, Settings settings, String undisturbed, String killed, List<Kill> kills) {
    Map<String, String> first = weights(runs, undisturbed);
    Map<String, String> second = weights(runs, killed);
    List<Weights> weights = new ArrayList<>();
    first.forEach(
        (model, sha256) ->
            weights.add(new Weights(model, sha256, second.getOrDefault(model, "missing"))));
    TrackingCurves curves = new TrackingCurves(new MlflowRuns(settings.tracking()));
    long points = 0;
    List<String> repeated = new ArrayList<>();
    for (Stage one : TRAINING) {
      TrackingCurves.Count count = curves.count(runs.outcome(killed, one).trackingRunId());
      points += count.points();
      count.repeated().forEach(text -> repeated.add(one.noun() + ": " + text));
    }
    return new Round(killed, kills, weights, points, repeated);
  }

  private static Map<String, String> weights(Runs runs, String runId) {
    Map<String, String> weights = new LinkedHashMap<>();
    for (Stage one : TRAINING) {
      StageOutcome outcome = runs.outcome(runId, one);
      switch (one) {
        case PRETRAINING ->
            weights.put(
                one.noun(),
                outcome.result(PretrainingResult.class).trained().model().weightsSha256());
        case FINETUNING ->
            weights.put(
                one.noun(),
                outcome.result(FinetuningResult.class).trained().model().weightsSha256());
        case ALIGNMENT -> {
          AlignmentResult result = outcome.result(AlignmentResult.class);
          weights.put("reward model", result.rewardModel().sha256());
          weights.put(one.noun(), result.trained().model().weightsSha256());
        }
        case DISTILLATION -> {
          DistillationResult result = outcome.result(DistillationResult.class);
          weights.put(one.noun(), result.student().model().weightsSha256());
          weights.put("control", result.control().model().weightsSha256());
        }
        case CORPUS, TOKENIZER, EVALUATION, DEPLOYMENT -> {}
      }
    }
    return weights;
  }

  private void show(Report report) {
    Screen screen = lyceum.screen();
    if (output.isJson()) {
      Json.print(screen, report);
      return;
    }
    for (Round round : report.rounds()) {
      Table table = new Table("WEIGHTS OF", "UNDISTURBED (SHA-256)", "KILLED (SHA-256)", "EQUAL");
      round
          .weights()
          .forEach(
              row ->
                  table.row(
                      row.model(), row.undisturbed(), row.killed(), row.equal() ? "yes" : "NO"));
      table.print(screen);
      screen
          .out()
          .println(
              round.run()
                  + ": "
                  + round.kills().size()
                  + (round.kills().size() == 1 ? " kill; " : " kills; ")
                  + round.metricPoints()
                  + " metric points, "
                  + (round.repeatedMetrics().isEmpty()
                      ? "none twice"
                      : round.repeatedMetrics().size() + " repeated:"));
      round.repeatedMetrics().stream().limit(20).forEach(text -> screen.out().println("  " + text));
    }
    screen.out().println(report.passed() ? "Passed." : "FAILED.");
  }
}
