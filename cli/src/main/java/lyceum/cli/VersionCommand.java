package lyceum.cli;

import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import picocli.CommandLine.Command;

/** {@code lyceum version}. */
@Command(name = "version", description = "Say which version this is.")
final class VersionCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  VersionCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    for (String line : new Version().getVersion()) {
      lyceum.screen().out().println(line);
    }
    return ExitCode.OK.status();
  }
}
