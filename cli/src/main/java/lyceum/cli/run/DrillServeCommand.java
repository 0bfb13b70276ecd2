package lyceum.cli.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import lyceum.cli.bench.BenchCommand;
import lyceum.cli.command.Lyceum;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code lyceum drill serve}, in a JVM of its own, because this one never sees the model. */
@Command(
    name = "serve",
    description = {
      "Run a real server under 200 clients while models are swapped, promoted and taken back, clients go away, the server is stopped",
      "and killed, and more ask than there is room for; show from its log that nothing was lost.",
      "Options: --clients N (200), --changes N (12), --tokens N (48); --soak MINUTES and --soak-tokens N go on asking and watch memory,",
      "--soak-only does nothing else."
    })
final class DrillServeCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(paramLabel = "OPTIONS", description = "Options of the drill.", arity = "0..*")
  private List<String> arguments = List.of();

  DrillServeCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("drill-serve"));
    all.addAll(arguments);
    return new ProcessBuilder(BenchCommand.command(lyceum, all)).inheritIO().start().waitFor();
  }
}
