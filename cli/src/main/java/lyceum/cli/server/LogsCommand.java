package lyceum.cli.server;

import java.util.Locale;
import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.stack.Server;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lyceum logs SERVER}. */
@Command(
    name = "logs",
    description = "Show the end of a server's log: storage, temporal, tracking, worker or serving.")
public final class LogsCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(index = "0", paramLabel = "SERVER", description = "${COMPLETION-CANDIDATES}")
  private Server server = Server.WORKER;

  @Option(
      names = {"-n", "--lines"},
      defaultValue = "40",
      description = "How many lines (default ${DEFAULT-VALUE}).")
  private int lines = 40;

  public LogsCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    lyceum.stack().log(server, lines).forEach(lyceum.screen().out()::println);
    lyceum
        .screen()
        .say(
            "("
                + lyceum.folder().log(server)
                + ", "
                + server.title().toLowerCase(Locale.ROOT)
                + ")");
    return ExitCode.OK.status();
  }
}
