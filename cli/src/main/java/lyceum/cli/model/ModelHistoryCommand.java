package lyceum.cli.model;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import lyceum.application.model.ModelLines;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Table;
import lyceum.contracts.deployment.AuditEntry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
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

  @Option(
      names = "--all",
      description =
          "The whole audit log: also approvals, rejections, canaries and promotions that failed.")
  private boolean all;

  @Mixin private OutputOption output = new OutputOption();

  ModelHistoryCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    ModelLines lines = lyceum.modelLines();
    String name = lines.resolve(line);
    List<AuditEntry> entries = all ? lines.audit(name) : lines.history(name);
    if (output.isJson()) {
      Json.print(lyceum.screen(), entries);
      return ExitCode.OK.status();
    }
    Table table = new Table("WHEN (UTC)", "WHAT", "VERSION", "CHAMPION BEFORE", "BY", "REASON");
    for (AuditEntry entry : entries) {
      table.row(
          Instant.ofEpochMilli(entry.atMillis()).toString().substring(0, 16).replace('T', ' '),
          entry.action().name().toLowerCase(Locale.ROOT).replace('_', ' '),
          Integer.toString(entry.to()),
          entry.from() == 0 ? "-" : Integer.toString(entry.from()),
          entry.by(),
          entry.reason());
    }
    table.print(lyceum.screen());
    return ExitCode.OK.status();
  }
}
