package lyceum.cli.server;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import lyceum.application.text.Amounts;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.stack.ComposeStack;
import lyceum.cli.stack.Installation;
import lyceum.cli.stack.LocalStack;
import lyceum.cli.stack.Ports;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lyceum up}. */
@Command(
    name = "up",
    description =
        "Install what is missing and start the servers, the model server, the worker and the console.")
public final class UpCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Option(
      names = "--stack",
      paramLabel = "KIND",
      description =
          "local: processes of this machine (the default); compose: containers of a Docker engine.")
  private StackKind kind = StackKind.LOCAL;

  @Option(
      names = "--ports",
      paramLabel = "BASE",
      description =
          "First number of the hundred ports to use, remembered (default "
              + Ports.DEFAULT_BASE
              + ").")
  private int portsBase;

  @Option(
      names = "--servers-only",
      description = "Start neither the worker nor the model server nor the console.")
  private boolean serversOnly;

  public UpCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    Instant began = Instant.now();
    Installation installation = lyceum.installation(portsBase);
    if (kind == StackKind.COMPOSE) {
      new ComposeStack(installation, lyceum.install(), lyceum.screen()).up();
    }
    lyceum
        .stack(installation)
        .up(serversOnly ? LocalStack.Scope.SERVERS : LocalStack.Scope.EVERYTHING);
    lyceum
        .screen()
        .say("Up after " + Amounts.text(Duration.between(began, Instant.now())) + ". Pages:");
    StatusCommand.links(lyceum, lyceum.stack(installation).status());
    return ExitCode.OK.status();
  }
}
