package lyceum.cli.recipe;

import java.util.List;
import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Table;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.core.recipe.Recipe;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lyceum recipe ...}. */
@Command(name = "recipe", description = "List, show and check recipe files.")
public final class RecipeCommand implements Runnable {
  // Picocli puts the real one here.
  @Spec private CommandSpec spec = CommandSpec.create();

  /** The verb with all its own verbs. */
  public static CommandLine with(Lyceum lyceum) {
    return new CommandLine(new RecipeCommand())
        .addSubcommand(new ListCommand(lyceum))
        .addSubcommand(new ShowCommand(lyceum))
        .addSubcommand(new ValidateCommand(lyceum))
        .addSubcommand(new SchemaCommand(lyceum));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private static RecipeReader reader(Lyceum lyceum) {
    return new RecipeReader(lyceum.install().resolve("recipes"));
  }

  @Command(name = "list", description = "List the recipes on hand.")
  private static final class ListCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Mixin private OutputOption output = new OutputOption();

    ListCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      List<RecipeReader.Listing> recipes = reader(lyceum).list();
      if (output.isJson()) {
        Json.print(lyceum.screen(), recipes);
      } else {
        Table table = new Table("RECIPE", "DESCRIPTION");
        recipes.forEach(recipe -> table.row(recipe.name(), recipe.description()));
        table.print(lyceum.screen());
      }
      return ExitCode.OK.status();
    }
  }

  @Command(name = "show", description = "Show a whole recipe, defaults and overrides included.")
  private static final class ShowCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Parameters(index = "0", paramLabel = "RECIPE", description = "Name of a recipe, or a file.")
    private String name = "";

    @Option(
        names = "--set",
        paramLabel = "KEY=VALUE",
        description = "Override a value. May be repeated.")
    private List<String> overrides = List.of();

    @Mixin private OutputOption output = new OutputOption();

    ShowCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      RecipeReader reader = reader(lyceum);
      Recipe recipe = reader.read(name, overrides);
      if (output.isJson()) {
        Json.print(lyceum.screen(), recipe);
      } else {
        lyceum.screen().out().print(reader.toYaml(recipe));
      }
      return ExitCode.OK.status();
    }
  }

  @Command(
      name = "validate",
      description = "Check recipes without starting anything. Exit code 2 when one is wrong.")
  private static final class ValidateCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Parameters(arity = "1..*", paramLabel = "RECIPE", description = "Names of recipes, or files.")
    private List<String> names = List.of();

    @Option(
        names = "--set",
        paramLabel = "KEY=VALUE",
        description = "Override a value. May be repeated.")
    private List<String> overrides = List.of();

    ValidateCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      for (String name : names) {
        Recipe recipe = reader(lyceum).read(name, overrides);
        lyceum.screen().out().println(recipe.name() + ": ok");
      }
      return ExitCode.OK.status();
    }
  }

  @Command(name = "schema", description = "Print the JSON Schema of recipes, for editors.")
  private static final class SchemaCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    SchemaCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      lyceum.screen().out().println(reader(lyceum).jsonSchema());
      return ExitCode.OK.status();
    }
  }
}
