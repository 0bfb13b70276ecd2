package lyceum.cli.run;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import lyceum.application.run.RunSummary;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.application.text.Amounts;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lyceum run list}. */
@Command(name = "list", description = "List runs, the newest first.")
final class RunListCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Mixin private OutputOption output = new OutputOption();

  @Option(
      names = "--limit",
      defaultValue = "20",
      description = "At most this many (default ${DEFAULT-VALUE}).")
  private int limit = 20;

  RunListCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    try (TemporalConnection connection = lyceum.connect()) {
      List<RunSummary> runs = new Runs(connection).list(limit);
      if (output.isJson()) {
        Json.print(lyceum.screen(), runs);
        return ExitCode.OK.status();
      }
      if (runs.isEmpty()) {
        lyceum.screen().say("No runs yet. Start one: lyceum run start tiny");
        return ExitCode.OK.status();
      }
      Table table = new Table("RUN", "STATE", "STAGE", "MODEL", "BY", "STARTED (UTC)", "TOOK");
      for (RunSummary run : runs) {
        Instant began = Instant.ofEpochMilli(run.startedAtMillis());
        Instant end =
            run.closedAtMillis() == 0 ? Instant.now() : Instant.ofEpochMilli(run.closedAtMillis());
        table.row(
            run.runId(),
            run.state().name().toLowerCase(Locale.ROOT),
            run.stage().isEmpty() ? "-" : run.stage(),
            run.modelLine(),
            run.requestedBy(),
            began.toString().substring(0, 16).replace('T', ' '),
            Amounts.text(Duration.between(began, end)));
      }
      table.print(lyceum.screen());
      return ExitCode.OK.status();
    }
  }
}
