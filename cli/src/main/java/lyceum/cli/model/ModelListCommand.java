package lyceum.cli.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Table;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.core.Tracker;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lyceum model list}. */
@Command(
    name = "list",
    description = "List versions of one model line, or of all, the newest first.")
final class ModelListCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "LINE",
      description = "A model line, for example lyceum-tiny.")
  private String line = "";

  @Mixin private OutputOption output = new OutputOption();

  ModelListCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  /** One version with its aliases. */
  record Row(
      String modelLine,
      int version,
      String aliases,
      String stage,
      String runId,
      String weightsSha256) {}

  @Override
  public Integer call() {
    Tracker tracker = new MlflowTracker(lyceum.settings().tracking());
    ModelLines lines = new ModelLines(tracker);
    List<Row> rows = new ArrayList<>();
    for (String name : line.isEmpty() ? tracker.modelLines() : List.of(lines.resolve(line))) {
      Map<Integer, String> aliases = lines.aliases(name);
      tracker.versions(name).stream()
          .sorted(Comparator.comparingInt(Tracker.Version::version).reversed())
          .forEach(
              version ->
                  rows.add(
                      new Row(
                          name,
                          version.version(),
                          aliases.getOrDefault(version.version(), ""),
                          version.tags().getOrDefault("lyceum.stage", ""),
                          version.tags().getOrDefault("lyceum.run_id", ""),
                          version.tags().getOrDefault("lyceum.weights_sha256", ""))));
    }
    if (output.isJson()) {
      Json.print(lyceum.screen(), rows);
    } else if (rows.isEmpty()) {
      lyceum.screen().say("No models yet. lyceum run start tiny makes some.");
    } else {
      Table table = new Table("LINE", "VERSION", "ALIASES", "MADE BY", "RUN", "WEIGHTS");
      for (Row row : rows) {
        table.row(
            row.modelLine(),
            Integer.toString(row.version()),
            row.aliases().isEmpty() ? "-" : row.aliases(),
            row.stage().isEmpty() ? "-" : row.stage(),
            row.runId().isEmpty() ? "-" : row.runId(),
            row.weightsSha256().isEmpty() ? "-" : row.weightsSha256().substring(0, 12));
      }
      table.print(lyceum.screen());
    }
    return ExitCode.OK.status();
  }
}
