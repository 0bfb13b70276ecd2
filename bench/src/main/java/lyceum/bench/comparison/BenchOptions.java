package lyceum.bench.comparison;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options and output that every bench has; a picocli mixin. */
public final class BenchOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds that count, of each contestant in turn (default ${DEFAULT-VALUE}).")
  private int rounds = 3;

  @Option(
      names = "--json",
      description = "Print JSON in place of the table; its cases have the key ratio.")
  private boolean json;

  @Option(names = "--write", description = "Put the table into docs/performance.md.")
  private boolean write;

  /**
   * Runs the cases and prints what came of it: progress to standard error, the result to standard
   * output.
   *
   * @param warmUps rounds of each contestant that do not count
   */
  public Report run(String about, int warmUps, List<Case> cases) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Comparison comparison = new Comparison(warmUps, rounds);
    Report report =
        new Report(
            spec.name(),
            about,
            Machine.here(),
            comparison.run(
                cases,
                line -> {
                  err.println(line);
                  err.flush();
                }));
    if (json) {
      out.println(report.json().toPrettyString());
    } else {
      out.println(report.table());
      out.println("On " + report.machine().line());
    }
    out.flush();
    if (write) {
      Path page =
          Path.of(System.getProperty("lyceum.install", "."), "docs", "performance.md").normalize();
      PerformancePage.write(
          page,
          report,
          "./lyceum bench "
              + spec.name()
              + arguments(spec.name(), spec.commandLine().getParseResult().originalArgs()),
          LocalDate.now(java.time.ZoneOffset.UTC));
      err.println("Written to " + page);
    }
    return report;
  }

  /** What was typed after the bench's name. */
  private static String arguments(String name, List<String> given) {
    List<String> own = given.subList(given.indexOf(name) + 1, given.size());
    return own.isEmpty() ? "" : " " + String.join(" ", own);
  }
}
