package lyceum.cli.model;

import java.time.Instant;
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

/** {@code lyceum model history}. */
@Command(
    name = "history",
    description =
        "Show which versions of a line were champion, when, by whom and why; the oldest first.")
final class ModelHistoryCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "LINE",
      description = "A model line; may be left out when there is one alone.")
  private String line = "";

  @Mixin private OutputOption output = new OutputOption();

  ModelHistoryCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    ModelLines lines = lyceum.modelLines();
    List<ModelLines.Move> moves = lines.history(lines.resolve(line));
    if (output.isJson()) {
      Json.print(lyceum.screen(), moves);
      return ExitCode.OK.status();
    }
    Table table = new Table("WHEN (UTC)", "CHAMPION", "BEFORE", "BY", "REASON");
    for (ModelLines.Move move : moves) {
      int before = move.previousVersion();
      table.row(
          Instant.ofEpochMilli(move.atMillis()).toString().substring(0, 16).replace('T', ' '),
          Integer.toString(move.version()),
          before == 0 ? "-" : Integer.toString(before),
          move.movedBy(),
          move.reason());
    }
    table.print(lyceum.screen());
    return ExitCode.OK.status();
  }
}
