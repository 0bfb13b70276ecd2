package lyceum.cli.model;

import java.util.List;
import java.util.concurrent.Callable;
import lyceum.application.model.ModelLines;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Table;
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

  @Override
  public Integer call() {
    ModelLines lines = lyceum.modelLines();
    List<ModelLines.Row> rows =
        (line.isEmpty() ? lines.names() : List.of(lines.resolve(line)))
            .stream().flatMap(name -> lines.versions(name).stream()).toList();
    if (output.isJson()) {
      Json.print(lyceum.screen(), rows);
    } else if (rows.isEmpty()) {
      lyceum.screen().say("No models yet. lyceum run start tiny makes some.");
    } else {
      Table table = new Table("LINE", "VERSION", "ALIASES", "MADE BY", "RUN", "WEIGHTS");
      for (ModelLines.Row row : rows) {
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
