package lyceum.cli;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import lyceum.application.recipe.Door;
import lyceum.application.run.RunState;
import lyceum.application.run.RunSummary;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.application.text.Amounts;
import lyceum.cli.command.Lyceum;
import lyceum.cli.model.ChatCommand;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.run.RunEnd;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Steps;
import lyceum.cli.screen.Style;
import lyceum.cli.server.StatusCommand;
import lyceum.cli.stack.LocalStack;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.connectors.settings.Settings;
import lyceum.core.recipe.Recipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lyceum quickstart}. */
@Command(
    name = "quickstart",
    description =
        "From nothing to a chat with your own model: servers, a whole run in front of your eyes, links, a chat prompt.")
final class QuickstartCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Option(
      names = "--recipe",
      defaultValue = "tiny",
      description = "Which recipe (default ${DEFAULT-VALUE}).")
  private String recipeName = "tiny";

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a value of the recipe. May be repeated.")
  private List<String> overrides = List.of();

  @Option(
      names = {"-y", "--yes"},
      description = "End with the links, without the chat prompt.")
  private boolean yes;

  QuickstartCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    Screen screen = lyceum.screen();
    Instant began = Instant.now();
    Recipe recipe =
        new RecipeReader(lyceum.install().resolve("recipes")).read(recipeName, overrides);
    heading("1 of 3  Servers");
    Settings settings = lyceum.stack().up(LocalStack.Scope.EVERYTHING);
    heading("2 of 3  " + recipe.name() + ": " + recipe.description());
    Door door = new Door(settings);
    door.checkDisk(recipe);
    try (Steps steps = new Steps(screen)) {
      door.checkSources(recipe, steps);
    }
    try (TemporalConnection connection = lyceum.connect(settings)) {
      Runs runs = new Runs(connection);
      String runId =
          unfinished(runs, recipe)
              .orElseGet(() -> runs.start(recipe, false, lyceum.user(), new SecureRandom()));
      screen.out().println(runId);
      ExitCode end = RunEnd.follow(lyceum, runs, runId);
      if (end != ExitCode.OK) {
        screen.say(
            "What happened: lyceum run logs " + runId + "; the worker's log: lyceum logs worker");
        return end.status();
      }
      heading(
          "3 of 3  "
              + recipe.modelLine()
              + " is in production after "
              + Amounts.text(Duration.between(began, Instant.now())));
      StatusCommand.links(lyceum, lyceum.stack().status());
      screen.say("  What the stages gained: lyceum eval show " + runId);
      screen.say("  Stop everything:        lyceum down");
    }
    if (screen.isInteractive() && !yes) {
      ChatCommand.talk(lyceum);
    } else {
      screen.say("  Talk to it:             lyceum chat");
    }
    return ExitCode.OK.status();
  }

  /**
   * A run of this recipe that was left behind goes on by itself; a second one would only take turns
   * with it.
   */
  private Optional<String> unfinished(Runs runs, Recipe recipe) {
    if (!overrides.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> found =
        runs.list(50).stream()
            .filter(run -> run.state() == RunState.RUNNING && run.recipe().equals(recipe.name()))
            .map(RunSummary::runId)
            .findFirst();
    found.ifPresent(
        run -> lyceum.screen().say("An unfinished run of " + recipe.name() + " goes on."));
    return found;
  }

  private void heading(String text) {
    lyceum.screen().say("");
    lyceum.screen().say(lyceum.screen().style(Style.BOLD, text));
  }
}
