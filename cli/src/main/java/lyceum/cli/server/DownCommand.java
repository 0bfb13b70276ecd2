package lyceum.cli.server;

import java.util.List;
import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.stack.ComposeStack;
import lyceum.cli.stack.Server;
import picocli.CommandLine.Command;

/** {@code lyceum down}. */
@Command(
    name = "down",
    description =
        "Stop everything that up started. Data, models and runs are kept; a run goes on at the next up.")
public final class DownCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  public DownCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    List<Server> stopped = lyceum.stack().down();
    boolean containers =
        new ComposeStack(lyceum.installation(), lyceum.install(), lyceum.screen()).down();
    lyceum
        .screen()
        .say(
            stopped.isEmpty() && !containers
                ? "Nothing was running."
                : "Everything is stopped; data are kept in " + lyceum.folder().root() + ".");
    return ExitCode.OK.status();
  }
}
