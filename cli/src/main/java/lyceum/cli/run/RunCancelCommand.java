package lyceum.cli.run;

import java.util.concurrent.Callable;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
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
    try (TemporalConnection connection = lyceum.connect()) {
      Runs runs = new Runs(connection);
      String id = run.id(runs);
      if (runs.view(id).state().isOver()) {
        throw new RequestFailure(Outcome.CONFLICT, "The run " + id + " has ended already.");
      }
      runs.cancel(id);
      lyceum
          .screen()
          .say("Cancelling " + id + "; lyceum run watch " + id + " shows when it is over.");
      return ExitCode.OK.status();
    }
  }
}
