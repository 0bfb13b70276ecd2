package lyceum.cli.bench;

import static java.util.stream.Collectors.joining;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Steps;
import lyceum.cli.stack.StateFolder;
import lyceum.cli.stack.Tool;
import lyceum.cli.stack.Tools;
import lyceum.connectors.catalogue.SourceCatalogue;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SourceSettings;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code lyceum bench ...}: finds what a measurement needs and hands the rest of the line to {@code
 * lyceum.bench.Main} in a JVM of its own, because this one never sees TensorFlow.
 */
@Command(
    name = "bench",
    description = {
      "Measure Lyceum next to its peers on this machine, in turns: tokenizer. console: its API with many runs.",
      "Options of each: lyceum bench tokenizer --help"
    })
public final class BenchCommand implements Callable<Integer> {
  private static final String MAIN = "lyceum.bench.Main";
  private static final String CORPUS_RECIPE = "tiny";
  private static final Set<String> WITHOUT_PEERS = Set.of("learn", "step");

  private final Lyceum lyceum;

  @Parameters(
      paramLabel = "WHAT [OPTIONS]",
      description = "What to measure, and the options of that measurement.")
  private List<String> arguments = List.of();

  @Spec private CommandSpec spec = CommandSpec.create();

  private BenchCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  /** The verb; all after its first word belongs to the measurement, {@code --help} too. */
  public static CommandLine with(Lyceum lyceum) {
    return new CommandLine(new BenchCommand(lyceum)).setStopAtPositional(true);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (arguments.isEmpty()) {
      spec.commandLine().usage(spec.commandLine().getOut());
      return ExitCode.USAGE.status();
    }
    if (arguments.getFirst().equals("console")) {
      return new CommandLine(new ConsoleBench(lyceum))
          .setExecutionExceptionHandler(spec.commandLine().getExecutionExceptionHandler())
          .execute(arguments.subList(1, arguments.size()).toArray(String[]::new));
    }
    List<String> all = new ArrayList<>(arguments);
    ProcessBuilder bench = new ProcessBuilder().inheritIO();
    if (!all.contains("--help") && !all.contains("-h") && !WITHOUT_PEERS.contains(all.get(0))) {
      bench.environment().put("LYCEUM_PEERS", peers().program().toAbsolutePath().toString());
      if (all.get(0).equals("tokenizer") && all.stream().noneMatch(a -> a.startsWith("--corpus"))) {
        bench
            .environment()
            .put(
                "LYCEUM_BENCH_CORPUS",
                packages().stream().map(Path::toString).collect(joining(File.pathSeparator)));
      }
    }
    return bench.command(command(lyceum, all)).start().waitFor();
  }

  /** The command line of a measurement in a JVM of its own. */
  public static List<String> command(Lyceum lyceum, List<String> all) {
    Path target = lyceum.install().resolve("bench/target");
    Path jar = target.resolve("bench-0.1.0.jar");
    if (!Files.exists(jar)) {
      throw LyceumException.user(
          "The measurements are not built: "
              + jar
              + " is missing. Run ./lyceum, which builds, or mvn -DskipTests install.");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dlyceum.install=" + lyceum.install(),
            "-Dlogback.configurationFile=lyceum/bench/logback.xml",
            "-cp",
            jar + File.pathSeparator + target.resolve("lib") + "/*",
            MAIN));
    command.addAll(all);
    return command;
  }

  /** The Python of the peers; says what it installs and how large it is. */
  private Tool peers() {
    StateFolder folder = lyceum.folder();
    folder.make();
    return step("peers", new Tools(folder, lyceum.environment())::peers, Tool::origin);
  }

  /** The packages that the smallest recipe on real text learns from. */
  private List<Path> packages() {
    SourceCatalogue catalogue = new SourceCatalogue(lyceum.settings());
    Map<String, SourceSettings> packages = new LinkedHashMap<>();
    new RecipeReader(lyceum.install().resolve("recipes"))
        .read(CORPUS_RECIPE, List.of())
        .corpus()
        .sources()
        .forEach(source -> packages.putIfAbsent(source.sha256(), source));
    List<Path> files = new ArrayList<>();
    for (SourceSettings source : packages.values()) {
      files.add(
          step(source.uri().toString(), progress -> catalogue.fetch(source), file -> "verified"));
    }
    return files;
  }

  private <T> T step(String name, Function<Consumer<String>, T> work, Function<T, String> outcome) {
    try (Steps steps = new Steps(lyceum.screen())) {
      steps.doing(name, "looking for it");
      try {
        T found = work.apply(what -> steps.doing(name, what));
        steps.done(name, true, outcome.apply(found));
        return found;
      } catch (RuntimeException e) {
        steps.done(name, false, "failed");
        throw e;
      }
    }
  }
}
