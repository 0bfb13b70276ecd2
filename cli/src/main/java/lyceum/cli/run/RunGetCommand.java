package lyceum.cli.run;

import java.time.Instant;
import java.util.concurrent.Callable;
import lyceum.application.run.Pace;
import lyceum.application.run.RunView;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lyceum run get}. */
@Command(name = "get", description = "Show where a run stands, with links.")
final class RunGetCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Mixin private RunParameter run = new RunParameter();
  @Mixin private OutputOption output = new OutputOption();

  RunGetCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    try (TemporalConnection connection = lyceum.connect()) {
      Runs runs = new Runs(connection);
      RunView view = runs.view(run.id(runs));
      if (output.isJson()) {
        Json.print(lyceum.screen(), view);
      } else {
        new Rail(lyceum.screen().forData())
            .lines(view, Instant.now(), new Pace())
            .forEach(lyceum.screen().out()::println);
        RunLinks.print(lyceum, view);
      }
      return ExitCode.OK.status();
    }
  }
}
