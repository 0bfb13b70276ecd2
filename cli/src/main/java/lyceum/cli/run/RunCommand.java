package lyceum.cli.run;

import lyceum.cli.command.Lyceum;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lyceum run ...}. */
@Command(
    name = "run",
    description =
        "Start, watch and steer runs of recipes. RUN is a run's id, the beginning of one, or latest.")
public final class RunCommand implements Runnable {
  // Picocli puts the real one here.
  @Spec private CommandSpec spec = CommandSpec.create();

  /** The verb with all its own verbs. */
  public static CommandLine with(Lyceum lyceum) {
    return new CommandLine(new RunCommand())
        .addSubcommand(new RunStartCommand(lyceum))
        .addSubcommand(new RunListCommand(lyceum))
        .addSubcommand(new RunGetCommand(lyceum))
        .addSubcommand(new RunWatchCommand(lyceum))
        .addSubcommand(new RunPauseCommand(lyceum))
        .addSubcommand(new RunResumeCommand(lyceum))
        .addSubcommand(new RunCancelCommand(lyceum))
        .addSubcommand(new RunLogsCommand(lyceum));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
