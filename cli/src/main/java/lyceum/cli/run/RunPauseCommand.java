package lyceum.cli.run;

import java.util.concurrent.Callable;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lyceum run pause}. */
@Command(
    name = "pause",
    description = "Stop the running step at its next checkpoint and begin no other.")
final class RunPauseCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Mixin private RunParameter run = new RunParameter();

  @Option(names = "--reason", defaultValue = "", description = "Kept with the run.")
  private String reason = "";

  RunPauseCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    try (TemporalConnection connection = lyceum.connect()) {
      Runs runs = new Runs(connection);
      String id = run.id(runs);
      runs.pause(id, lyceum.user(), reason);
      lyceum.screen().say("Paused. Go on with: lyceum run resume " + id);
      return ExitCode.OK.status();
    }
  }
}
