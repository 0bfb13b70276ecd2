package lyceum.cli.run;

import java.util.concurrent.Callable;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lyceum run resume}. */
@Command(name = "resume", description = "Go on from where pause stopped.")
final class RunResumeCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Mixin private RunParameter run = new RunParameter();

  @Option(names = "--reason", defaultValue = "", description = "Kept with the run.")
  private String reason = "";

  RunResumeCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    try (TemporalConnection connection = lyceum.connect()) {
      Runs runs = new Runs(connection);
      String id = run.id(runs);
      runs.resume(id, lyceum.user(), reason);
      lyceum.screen().say("Goes on: lyceum run watch " + id);
      return ExitCode.OK.status();
    }
  }
}
