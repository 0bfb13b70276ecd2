package lyceum.cli.model;

import lyceum.cli.command.Lyceum;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lyceum model ...}. */
@Command(
    name = "model",
    description = "Versions of model lines: list, show, promote, go back, sign.")
public final class ModelCommand implements Runnable {
  // Picocli puts the real one here.
  @Spec private CommandSpec spec = CommandSpec.create();

  /** The verb with all its own verbs. */
  public static CommandLine with(Lyceum lyceum) {
    return new CommandLine(new ModelCommand())
        .addSubcommand(new ModelListCommand(lyceum))
        .addSubcommand(new ModelGetCommand(lyceum))
        .addSubcommand(new ModelPromoteCommand(lyceum))
        .addSubcommand(new ModelRollbackCommand(lyceum))
        .addSubcommand(new ModelHistoryCommand(lyceum))
        .addSubcommand(new ModelSignCommand(lyceum));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
