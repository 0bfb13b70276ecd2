package lyceum.cli.server;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Steps;
import lyceum.cli.stack.StateFolder;
import lyceum.cli.stack.Tool;
import lyceum.cli.stack.Tools;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code lyceum test-programs}: finds or installs what integration tests need and prints where it
 * is, for the launcher.
 */
@Command(name = "test-programs", hidden = true)
public final class TestProgramsCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Option(names = "--no-peers", description = "Leave out other people's implementations.")
  private boolean noPeers;

  public TestProgramsCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    StateFolder folder = lyceum.folder();
    folder.make();
    Tools tools = new Tools(folder, lyceum.environment());
    Map<String, CompletableFuture<Tool>> found = new LinkedHashMap<>();
    try (StateFolder.Hold hold = folder.hold();
        Steps steps = new Steps(lyceum.screen());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      found.put("LYCEUM_TEMPORAL", find(threads, steps, "Temporal", tools::temporal));
      found.put("LYCEUM_MINIO", find(threads, steps, "MinIO", tools::minio));
      found.put("LYCEUM_MLFLOW", find(threads, steps, "MLflow", tools::mlflow));
      found.put("LYCEUM_SCHEMATHESIS", find(threads, steps, "Schemathesis", tools::schemathesis));
      if (!noPeers) {
        found.put("LYCEUM_PEERS", find(threads, steps, "peers", tools::peers));
      }
      for (CompletableFuture<Tool> tool : found.values()) {
        try {
          tool.join();
        } catch (CompletionException e) {
          throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
      }
    }
    found.forEach(
        (name, tool) ->
            lyceum.screen().out().println(name + "=" + tool.join().program().toAbsolutePath()));
    return ExitCode.OK.status();
  }

  private static CompletableFuture<Tool> find(
      ExecutorService threads, Steps steps, String name, Function<Consumer<String>, Tool> finder) {
    return CompletableFuture.supplyAsync(
        () -> {
          steps.doing(name, "looking for it");
          try {
            Tool tool = finder.apply(what -> steps.doing(name, what));
            steps.done(name, true, tool.program() + " (" + tool.version() + ")");
            return tool;
          } catch (RuntimeException e) {
            steps.done(name, false, "failed");
            throw e;
          }
        },
        threads);
  }
}
