package lyceum.cli.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Table;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.contracts.Payloads;
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
    String name = new ModelLines(new MlflowTracker(lyceum.settings().tracking())).resolve(line);
    List<JsonNode> moves =
        new MinioArtifactStore(lyceum.settings().storage())
            .getDocument("model-lines/" + name + "/history.jsonl")
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8).lines())
            .map(lines -> lines.map(text -> Payloads.fromJson(text, JsonNode.class)).toList())
            .orElse(List.of());
    if (output.isJson()) {
      Json.print(lyceum.screen(), moves);
      return ExitCode.OK.status();
    }
    Table table = new Table("WHEN (UTC)", "CHAMPION", "BEFORE", "BY", "REASON");
    for (JsonNode move : moves) {
      int before = move.path("previousVersion").asInt();
      table.row(
          Instant.ofEpochMilli(move.path("atMillis").asLong())
              .toString()
              .substring(0, 16)
              .replace('T', ' '),
          move.path("version").asText(),
          before == 0 ? "-" : Integer.toString(before),
          move.path("movedBy").asText(),
          move.path("reason").asText());
    }
    table.print(lyceum.screen());
    return ExitCode.OK.status();
  }
}
