package lyceum.cli.model;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import lyceum.application.evaluation.Comparison;
import lyceum.application.evaluation.Evaluations;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Table;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.contracts.evaluation.EvaluationResult;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lyceum eval ...}. */
@Command(
    name = "eval",
    description = "What models scored: the report of a run, and two runs side by side.")
public final class EvalCommand implements Runnable {
  // Picocli puts the real one here.
  @Spec private CommandSpec spec = CommandSpec.create();

  /** The verb with all its own verbs. */
  public static CommandLine with(Lyceum lyceum) {
    return new CommandLine(new EvalCommand())
        .addSubcommand(new ShowCommand(lyceum))
        .addSubcommand(new CompareCommand(lyceum));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(name = "show", description = "Print the before-and-after report of a run.")
  private static final class ShowCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Parameters(
        index = "0",
        arity = "0..1",
        defaultValue = "latest",
        paramLabel = "RUN",
        description = "A run (default ${DEFAULT-VALUE}).")
    private String run = "latest";

    @Mixin private OutputOption output = new OutputOption();

    ShowCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      try (TemporalConnection connection = lyceum.connect()) {
        Runs runs = new Runs(connection);
        Evaluations evaluations = evaluations(lyceum, runs);
        EvaluationResult result = evaluations.of(runs.resolve(run));
        if (output.isJson()) {
          Json.print(lyceum.screen(), result);
        } else {
          lyceum.screen().out().println(evaluations.report(result).stripTrailing());
        }
        return ExitCode.OK.status();
      }
    }
  }

  @Command(
      name = "compare",
      description =
          "Compare the models of two runs score by score. A difference of more than two standard errors is marked *.")
  private static final class CompareCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Parameters(index = "0", paramLabel = "RUN", description = "The first run.")
    private String first = "";

    @Parameters(index = "1", paramLabel = "RUN", description = "The second run.")
    private String second = "";

    @Mixin private OutputOption output = new OutputOption();

    CompareCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      try (TemporalConnection connection = lyceum.connect()) {
        Runs runs = new Runs(connection);
        List<Comparison> rows =
            evaluations(lyceum, runs).compare(runs.resolve(first), runs.resolve(second));
        if (output.isJson()) {
          Json.print(lyceum.screen(), rows);
        } else {
          table(rows).print(lyceum.screen());
        }
        return ExitCode.OK.status();
      }
    }
  }

  private static Evaluations evaluations(Lyceum lyceum, Runs runs) {
    return new Evaluations(runs, new MinioArtifactStore(lyceum.settings().storage()));
  }

  private static Table table(List<Comparison> rows) {
    Table table = new Table("MODEL", "SCORE", "FIRST", "SECOND", "DIFFERENCE", "");
    for (Comparison row : rows) {
      table.row(
          row.model(),
          row.score(),
          String.format(Locale.ROOT, "%.4f", row.first()),
          String.format(Locale.ROOT, "%.4f", row.second()),
          String.format(Locale.ROOT, "%+.4f", row.difference())
              + (row.standardError() > 0
                  ? String.format(Locale.ROOT, " ± %.4f", row.standardError())
                  : ""),
          row.clear() ? "*" : "");
    }
    return table;
  }
}
