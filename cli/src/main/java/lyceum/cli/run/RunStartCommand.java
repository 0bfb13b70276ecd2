package lyceum.cli.run;

import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import lyceum.application.recipe.Door;
import lyceum.application.recipe.Plan;
import lyceum.application.run.RunState;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.recipe.PlanText;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Steps;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.core.recipe.Recipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lyceum run start}. */
@Command(
    name = "start",
    description =
        "Start a run of a recipe. The recipe, its sources and the disk are checked first. Prints the run's id.")
final class RunStartCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(index = "0", paramLabel = "RECIPE", description = "Name of a recipe, or a file.")
  private String recipeName = "";

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a value, for example pretraining.steps=10. May be repeated.")
  private List<String> overrides = List.of();

  @Option(names = "--fresh", description = "Run every stage even where its result is on hand.")
  private boolean fresh;

  @Option(
      names = "--id",
      defaultValue = "",
      paramLabel = "RUN",
      description = "Start a run that failed or was cancelled again, from its checkpoints.")
  private String id = "";

  @Option(names = "--dry-run", description = "Print what would be done and start nothing.")
  private boolean dryRun;

  @Option(names = "--watch", description = "Follow the run; exit code 5 when it ends badly.")
  private boolean watch;

  @Option(
      names = "--wait",
      description = "Wait for the end without a picture; exit code 5 when it ends badly.")
  private boolean wait;

  @Option(names = "--no-check", description = "Do not fetch the sources before the run starts.")
  private boolean noCheck;

  @Mixin private OutputOption output = new OutputOption();

  RunStartCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    Recipe recipe =
        new RecipeReader(lyceum.install().resolve("recipes")).read(recipeName, overrides);
    Settings settings = lyceum.settings();
    if (dryRun) {
      Plan plan = Plan.of(recipe, fresh, () -> new MinioArtifactStore(settings.storage()));
      if (output.isJson()) {
        Json.print(lyceum.screen(), plan);
      } else {
        PlanText.lines(plan).forEach(lyceum.screen().out()::println);
      }
      return ExitCode.OK.status();
    }
    Door door = new Door(settings);
    door.checkDisk(recipe);
    try (TemporalConnection connection = lyceum.connect(settings)) {
      if (!noCheck) {
        try (Steps steps = new Steps(lyceum.screen())) {
          door.checkSources(recipe, steps);
        }
      }
      Runs runs = new Runs(connection);
      String runId =
          id.isEmpty()
              ? runs.start(recipe, fresh, lyceum.user(), new SecureRandom())
              : runs.start(runs.resolve(id), recipe, fresh, lyceum.user());
      if (output.isJson()) {
        Json.print(lyceum.screen(), java.util.Map.of("runId", runId));
      } else {
        lyceum.screen().out().println(runId);
      }
      if (watch) {
        return RunEnd.follow(lyceum, runs, runId).status();
      }
      if (wait) {
        return runs.awaitEnd(runId) == RunState.DONE
            ? ExitCode.OK.status()
            : ExitCode.RUN_FAILED.status();
      }
      lyceum.screen().say("Follow it: lyceum run watch " + runId);
      return ExitCode.OK.status();
    }
  }
}
