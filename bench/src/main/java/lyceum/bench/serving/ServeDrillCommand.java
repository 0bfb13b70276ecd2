package lyceum.bench.serving;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import lyceum.core.LyceumException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lyceum drill serve}. */
@Command(
    name = "drill-serve",
    hidden = true,
    description = {
      "Run a real server under a crowd of clients while models are swapped, tried as canaries, promoted and taken back, clients go away,",
      "the server is stopped and killed, and more ask than there is room for. Exit code 0 only when nothing was lost that was let in,",
      "no answer mixes two models, and the server's log agrees."
    })
public final class ServeDrillCommand implements Callable<Integer> {
  @Option(
      names = "--clients",
      defaultValue = "200",
      description = "Clients that ask at the same time (default ${DEFAULT-VALUE}).")
  private int clients = 200;

  @Option(
      names = "--changes",
      defaultValue = "12",
      description = "Changes to what is served meanwhile, 9 at least (default ${DEFAULT-VALUE}).")
  private int changes = 12;

  @Option(
      names = "--tokens",
      defaultValue = "48",
      description = "Tokens of an answer (default ${DEFAULT-VALUE}).")
  private int tokens = 48;

  @Option(
      names = "--soak",
      paramLabel = "MINUTES",
      defaultValue = "0",
      description = "Then go on asking for so long and watch memory (default ${DEFAULT-VALUE}).")
  private int soakMinutes;

  @Option(
      names = "--soak-tokens",
      paramLabel = "N",
      defaultValue = "0",
      description = "Go on asking until so many tokens were generated (default ${DEFAULT-VALUE}).")
  private long soakTokens;

  @Option(names = "--soak-only", description = "Only go on asking and watch memory.")
  private boolean soakOnly;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    if (clients < 8 || changes < 9 || tokens < 1) {
      throw LyceumException.user(
          "The drill needs 8 clients, 9 changes and 1 token at least, not %d, %d and %d."
              .formatted(clients, changes, tokens));
    }
    PrintWriter out = spec.commandLine().getOut();
    Path folder = Files.createTempDirectory("lyceum-drill-serve");
    ServeDrill.Scale scale =
        new ServeDrill.Scale(clients, Math.max(1, clients / 10), changes, tokens, clients / 4);
    try (ServeDrill drill =
        new ServeDrill(
            folder,
            scale,
            line -> {
              out.println(line);
              out.flush();
            })) {
      if (!soakOnly) {
        drill.changes();
        drill.drain();
        drill.kill();
        drill.overload();
      }
      if (soakMinutes > 0 || soakTokens > 0) {
        drill.soak(Duration.ofMinutes(soakMinutes), soakTokens);
      }
      List<ServeDrill.Fact> facts = drill.facts();
      long held = facts.stream().filter(ServeDrill.Fact::holds).count();
      out.println(held + " of " + facts.size() + " hold.");
      return held == facts.size() ? 0 : 1;
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
