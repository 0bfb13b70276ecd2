package lyceum.cli.run;

import lyceum.cli.command.Lyceum;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lyceum drill ...}. */
@Command(name = "drill", description = "Break something on purpose and show that nothing is lost.")
public final class DrillCommand implements Runnable {
  // Picocli puts the real one here.
  @Spec private CommandSpec spec = CommandSpec.create();

  /** The verb with its own verb. */
  public static CommandLine with(Lyceum lyceum) {
    return new CommandLine(new DrillCommand())
        .addSubcommand(new DrillKillCommand(lyceum))
        .addSubcommand(
            new CommandLine(new DrillServeCommand(lyceum))
                .setUnmatchedOptionsArePositionalParams(true));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
