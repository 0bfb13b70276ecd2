package lyceum.cli.server;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import lyceum.application.text.Amounts;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Table;
import lyceum.cli.stack.Server;
import lyceum.cli.stack.ServerStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lyceum status}. */
@Command(
    name = "status",
    description = "Show how every server is. Exit code 8 unless all are healthy.")
public final class StatusCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Mixin private OutputOption output = new OutputOption();

  public StatusCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    List<ServerStatus> all = lyceum.stack().status();
    if (output.isJson()) {
      Json.print(lyceum.screen(), all);
    } else {
      table(all).print(lyceum.screen());
      links(lyceum, all);
    }
    boolean healthy = all.stream().allMatch(one -> one.state() == ServerStatus.State.HEALTHY);
    return (healthy ? ExitCode.OK : ExitCode.TIMED_OUT).status();
  }

  static Table table(List<ServerStatus> all) {
    Table table = new Table("SERVER", "STATE", "PID", "PORT", "VERSION", "UP", "NOTE");
    for (ServerStatus one : all) {
      table.row(
          one.server().title(),
          one.state().name().toLowerCase(Locale.ROOT),
          one.pid() == 0 ? "-" : Long.toString(one.pid()),
          port(one.address()),
          one.version().isEmpty() ? "-" : one.version(),
          one.startedAtMillis() == 0
              ? "-"
              : Amounts.text(
                  Duration.between(Instant.ofEpochMilli(one.startedAtMillis()), Instant.now())),
          one.managed() ? one.note() : ("elsewhere: " + one.address() + " " + one.note()).strip());
    }
    return table;
  }

  private static String port(String address) {
    if (address.isEmpty()) {
      return "-";
    }
    int port = URI.create(address.contains("://") ? address : "tcp://" + address).getPort();
    return port < 0 ? "-" : Integer.toString(port);
  }

  /** Pages for people, one a line. */
  public static void links(Lyceum lyceum, List<ServerStatus> all) {
    Screen screen = lyceum.screen();
    for (ServerStatus one : all) {
      if (!one.link().isEmpty()) {
        screen.say(String.format(Locale.ROOT, "  %-10s %s", one.server().title(), one.link()));
      }
      if (one.server() == Server.SERVING && one.state() == ServerStatus.State.HEALTHY) {
        screen.say(String.format(Locale.ROOT, "  %-10s %s", "API", one.address()));
      }
    }
  }
}
