package lyceum.cli;

import lyceum.cli.recipe.RecipeCommand;
import lyceum.cli.run.RunCommand;
import lyceum.cli.stack.DoctorCommand;
import lyceum.cli.stack.DownCommand;
import lyceum.cli.stack.LogsCommand;
import lyceum.cli.stack.StatusCommand;
import lyceum.cli.stack.UpCommand;
import picocli.CommandLine;

/** All verbs, in the order in which help lists them. */
final class Verbs {
  private Verbs() {}

  static void addTo(CommandLine line, Lyceum lyceum) {
    line.addSubcommand(RunCommand.with(lyceum));
    line.addSubcommand(RecipeCommand.with(lyceum));
    line.addSubcommand(new UpCommand(lyceum));
    line.addSubcommand(new DownCommand(lyceum));
    line.addSubcommand(new StatusCommand(lyceum));
    line.addSubcommand(new DoctorCommand(lyceum));
    line.addSubcommand(new LogsCommand(lyceum));
    line.addSubcommand(new VersionCommand(lyceum));
    line.addSubcommand(new WarmUpCommand(lyceum));
    line.addSubcommand(new HelpCommand(lyceum));
  }
}
