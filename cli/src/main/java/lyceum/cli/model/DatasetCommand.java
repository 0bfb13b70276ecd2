package lyceum.cli.model;

import java.util.List;
import java.util.concurrent.Callable;
import lyceum.application.dataset.Datasets;
import lyceum.application.text.Amounts;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Table;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.contracts.corpus.CorpusResult;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lyceum dataset ...}. */
@Command(name = "dataset", description = "Corpora that runs have made.")
public final class DatasetCommand implements Runnable {
  // Picocli puts the real one here.
  @Spec private CommandSpec spec = CommandSpec.create();

  /** The verb with its own verb. */
  public static CommandLine with(Lyceum lyceum) {
    return new CommandLine(new DatasetCommand()).addSubcommand(new ListCommand(lyceum));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(
      name = "list",
      description = "List corpora with what they are made of and what was dropped.")
  private static final class ListCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Mixin private OutputOption output = new OutputOption();

    ListCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      List<Datasets.Dataset> rows =
          new Datasets(new MinioArtifactStore(lyceum.settings().storage())).list();
      if (output.isJson()) {
        Json.print(lyceum.screen(), rows);
        return ExitCode.OK.status();
      }
      if (rows.isEmpty()) {
        lyceum.screen().say("No corpora yet. lyceum run start tiny makes one.");
        return ExitCode.OK.status();
      }
      Table table = new Table("CORPUS", "MADE BY RUN", "SOURCE", "LICENCE", "READ", "KEPT", "SIZE");
      for (Datasets.Dataset row : rows) {
        CorpusResult corpus = row.corpus();
        table.row(
            row.key().substring(0, Math.min(12, row.key().length())),
            row.runId(),
            "(all)",
            "-",
            Long.toString(corpus.documentsRead()),
            Long.toString(corpus.documentsKept()),
            Amounts.bytes(corpus.trainBytes() + corpus.validationBytes()));
        for (CorpusResult.SourceCount source : corpus.sources()) {
          table.row(
              "",
              "",
              source.name(),
              source.licence(),
              Long.toString(source.read()),
              Long.toString(source.kept()),
              Amounts.bytes(source.bytes()));
        }
        corpus
            .droppedByReason()
            .forEach((reason, count) -> table.row("", "", "", "", "", "-" + count, reason));
      }
      table.print(lyceum.screen());
      return ExitCode.OK.status();
    }
  }
}
