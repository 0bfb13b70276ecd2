package lyceum.cli.run;

import java.util.concurrent.Callable;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lyceum run watch}. */
@Command(
    name = "watch",
    description =
        "Follow a run until it ends. Ctrl-C stops the watching, not the run. Exit code 5 when it ended badly.")
final class RunWatchCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Mixin private RunParameter run = new RunParameter();

  RunWatchCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    try (TemporalConnection connection = lyceum.connect()) {
      Runs runs = new Runs(connection);
      return RunEnd.follow(lyceum, runs, run.id(runs)).status();
    }
  }
}
