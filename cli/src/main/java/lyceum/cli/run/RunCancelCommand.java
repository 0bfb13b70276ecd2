package lyceum.cli.run;

import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.CommandFailure;
import lyceum.cli.outcome.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lyceum run cancel}. */
@Command(
    name = "cancel",
    description =
        "End a run; its running step leaves a checkpoint, and finished stages stay to be used again.")
final class RunCancelCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Mixin private RunParameter run = new RunParameter();

  RunCancelCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    try (TemporalConnection connection = TemporalConnection.open(lyceum.settings()).check()) {
      Runs runs = new Runs(connection);
      String id = run.id(runs);
      if (runs.view(id).state().isOver()) {
        throw new CommandFailure(ExitCode.CONFLICT, "The run " + id + " has ended already.");
      }
      runs.cancel(id);
      lyceum
          .screen()
          .say("Cancelling " + id + "; lyceum run watch " + id + " shows when it is over.");
      return ExitCode.OK.status();
    }
  }
}
