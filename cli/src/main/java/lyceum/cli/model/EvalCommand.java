package lyceum.cli.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.run.Runs;
import lyceum.cli.run.TemporalConnection;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Table;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.contracts.evaluation.EvaluationResult;
import lyceum.contracts.evaluation.ModelScores;
import lyceum.core.Score;
import lyceum.core.Stage;
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

  private static EvaluationResult evaluation(Runs runs, String runId) {
    return runs.outcome(runId, Stage.EVALUATION).result(EvaluationResult.class);
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
      try (TemporalConnection connection = TemporalConnection.open(lyceum.settings()).check()) {
        Runs runs = new Runs(connection);
        EvaluationResult result = evaluation(runs, runs.resolve(run));
        if (output.isJson()) {
          Json.print(lyceum.screen(), result);
        } else {
          byte[] report = new MinioArtifactStore(lyceum.settings().storage()).get(result.report());
          lyceum.screen().out().println(new String(report, StandardCharsets.UTF_8).stripTrailing());
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
      try (TemporalConnection connection = TemporalConnection.open(lyceum.settings()).check()) {
        Runs runs = new Runs(connection);
        List<Comparison> rows =
            Comparison.of(
                evaluation(runs, runs.resolve(first)).models(),
                evaluation(runs, runs.resolve(second)).models());
        if (output.isJson()) {
          Json.print(lyceum.screen(), rows);
        } else {
          Comparison.table(rows).print(lyceum.screen());
        }
        return ExitCode.OK.status();
      }
    }
  }

  /**
   * One score of two models.
   *
   * @param difference second minus first
   * @param standardError of the difference
   */
  record Comparison(
      String model,
      String score,
      double first,
      double second,
      double difference,
      double standardError,
      boolean clear) {
    static List<Comparison> of(List<ModelScores> first, List<ModelScores> second) {
      Map<String, Map<String, Score>> others = new TreeMap<>();
      second.forEach(model -> others.put(model.name(), byKey(model.scores())));
      List<Comparison> rows = new ArrayList<>();
      for (ModelScores model : first) {
        Map<String, Score> other = others.getOrDefault(model.name(), Map.of());
        byKey(model.scores())
            .forEach(
                (key, score) -> {
                  Score paired = other.get(key);
                  if (paired != null) {
                    rows.add(of(model.name(), score, paired));
                  }
                });
      }
      return rows;
    }

    static Comparison of(String model, Score first, Score second) {
      double difference = second.value() - first.value();
      double error = Math.hypot(first.standardError(), second.standardError());
      return new Comparison(
          model,
          first.key(),
          first.value(),
          second.value(),
          difference,
          error,
          error > 0 && Math.abs(difference) > 2 * error);
    }

    private static Map<String, Score> byKey(List<Score> scores) {
      Map<String, Score> byKey = new TreeMap<>();
      scores.forEach(score -> byKey.put(score.key(), score));
      return byKey;
    }

    static Table table(List<Comparison> rows) {
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
}
