package lyceum.cli.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Table;
import lyceum.cli.stack.LocalStack;
import lyceum.cli.stack.Server;
import lyceum.cli.stack.ServerStatus;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.tracking.MlflowRuns;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code lyceum bench console}: fills an installation of its own with runs, loads every page, sees
 * how soon an open page hears of what happens, and keeps pages open.
 */
@Command(
    name = "lyceum bench console",
    description =
        "How long the console's pages take with many runs, how soon an open page hears of a change,"
            + " and what open pages cost. Exit code 1 where a bound is missed.")
final class ConsoleBench implements Callable<Integer> {
  private static final int DECIDING = 10;
  private static final int RANKING = 5;
  private static final int TIMES = 20;
  private static final int PAGES_OF_EACH = 4;

  private final Lyceum lyceum;

  @Option(
      names = "--runs",
      defaultValue = "10000",
      description = "Runs to seed (default ${DEFAULT-VALUE}).")
  private int runs = 10_000;

  @Option(
      names = "--requests",
      defaultValue = "40",
      description = "Loads of each page (default ${DEFAULT-VALUE}).")
  private int requests = 40;

  @Option(
      names = "--open",
      defaultValue = "120",
      paramLabel = "SECONDS",
      description = "How long pages are kept open (default ${DEFAULT-VALUE}).")
  private int open = 120;

  @Option(
      names = "--ports",
      defaultValue = "18400",
      description = "First of the hundred ports to use (default ${DEFAULT-VALUE}).")
  private int ports = 18_400;

  @Option(
      names = "--keep",
      paramLabel = "FOLDER",
      description =
          "Use this folder, and leave it filled: the next call with it measures without seeding.")
  private Path keep = Path.of("");

  @Option(names = "--write", description = "Put the tables into docs/performance.md.")
  private boolean write;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show the help of this measurement.")
  private boolean help;

  @Option(names = "--json", description = "Write JSON.")
  private boolean json;

  ConsoleBench(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() throws IOException {
    boolean kept = !keep.toString().isEmpty();
    Path home =
        kept
            ? Files.createDirectories(keep.toAbsolutePath())
            : Files.createTempDirectory("lyceum-bench-console");
    try {
      // The programs are those of the person's own installation.
      Path tools = lyceum.folder().tools();
      Files.createDirectories(tools);
      if (!Files.exists(home.resolve("tools"))) {
        Files.createSymbolicLink(home.resolve("tools"), tools);
      }
      Map<String, String> environment = new HashMap<>(lyceum.environment());
      environment.keySet().removeIf(key -> key.startsWith("LYCEUM_"));
      environment.put("LYCEUM_HOME", home.toString());
      environment.put("LYCEUM_PORTS", Integer.toString(ports));
      Lyceum own = new Lyceum(lyceum.screen(), environment, lyceum.install());
      LocalStack stack = own.stack();
      try {
        Settings settings = stack.up(LocalStack.Scope.EVERYTHING);
        ConsoleReport report = measure(own, settings, home.resolve("seeded.json"));
        show(report);
        return (report.above().isEmpty() ? ExitCode.OK : ExitCode.FAILURE).status();
      } finally {
        stack.down();
      }
    } finally {
      if (!kept) {
        delete(home);
      }
    }
  }

  private ConsoleReport measure(Lyceum own, Settings settings, Path seeded) throws IOException {
    ConsoleSeed.Real real;
    try (TemporalConnection connection = own.connect(settings)) {
      ConsoleSeed seed = new ConsoleSeed(own, connection);
      if (Files.exists(seeded)) {
        real = Payloads.fromJson(Files.readString(seeded), ConsoleSeed.Real.class);
      } else {
        real = seed.real(DECIDING, RANKING);
        seed.fill(runs);
        Files.writeString(seeded, Json.text(real));
      }
    }
    ConsoleClient console =
        ConsoleClient.signIn(
            URI.create(own.installation().address(Server.CONSOLE)), own.folder().root());
    lyceum.screen().say("Loading pages");
    List<PageLoads.Load> loads = new PageLoads(console, requests).measure(real);
    table(of(loads));
    lyceum.screen().say("Changing runs while a page is open");
    LiveUpdates live =
        new LiveUpdates(
            console,
            new MlflowTracker(settings.tracking()),
            new MlflowRuns(settings.tracking()),
            console(own));
    List<LiveUpdates.Latency> latencies = live.latencies(real.deciding().getFirst(), TIMES);
    table(ofEvents(latencies));
    lyceum.screen().say("Keeping pages open for " + open + " s");
    LiveUpdates.Soak soak = live.soak(real.waiting(), PAGES_OF_EACH, Duration.ofSeconds(open));
    table(of(soak));
    return new ConsoleReport(runs, DECIDING + RANKING, requests, loads, latencies, soak);
  }

  /** The console's process. */
  private static long console(Lyceum own) {
    return own.stack().status().stream()
        .filter(status -> status.server() == Server.CONSOLE)
        .mapToLong(ServerStatus::pid)
        .findFirst()
        .orElseThrow(() -> LyceumException.internal("No console runs."));
  }

  private void show(ConsoleReport report) {
    if (write) {
      report.write(
          lyceum.install().resolve("docs/performance.md"),
          "./lyceum bench console --write",
          LocalDate.now());
    }
    if (json) {
      Json.print(lyceum.screen(), report);
    }
    report.above().forEach(what -> lyceum.screen().say("Above its bound: " + what));
  }

  /** At once, since what follows takes minutes. */
  private void table(Table table) {
    if (!json) {
      table.print(lyceum.screen());
    }
  }

  private static Table of(List<PageLoads.Load> loads) {
    Table table = new Table("PAGE", "FIRST MS", "P50 MS", "P95 MS");
    for (PageLoads.Load load : loads) {
      table.row(
          ConsoleReport.name(load),
          ConsoleReport.text(load.first()),
          ConsoleReport.text(load.p50()),
          ConsoleReport.text(load.p95()));
    }
    return table;
  }

  private static Table ofEvents(List<LiveUpdates.Latency> latencies) {
    Table table = new Table("EVENT", "P50 MS", "P95 MS", "LONGEST MS");
    for (LiveUpdates.Latency latency : latencies) {
      table.row(
          latency.event(),
          ConsoleReport.text(latency.p50()),
          ConsoleReport.text(latency.p95()),
          ConsoleReport.text(latency.longest()));
    }
    return table;
  }

  private static Table of(LiveUpdates.Soak soak) {
    Table table = new Table("OPEN PAGES", "HEAP MB", "THREADS", "FILES");
    row(table, "before", soak.before());
    soak.samples().forEach(sample -> row(table, "open", sample));
    row(table, "closed", soak.after());
    return table;
  }

  private static void row(Table table, String when, LiveUpdates.Held held) {
    table.row(
        when,
        ConsoleReport.text(held.heapMegabytes()),
        Long.toString(held.threads()),
        Long.toString(held.files()));
  }

  private static void delete(Path home) throws IOException {
    // The link goes, not the programs behind it.
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
