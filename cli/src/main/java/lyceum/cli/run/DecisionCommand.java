package lyceum.cli.run;

import java.util.Locale;
import java.util.concurrent.Callable;
import lyceum.application.approval.Approvals;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Table;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.ApprovalStatus;
import lyceum.contracts.deployment.ChampionComparison;
import lyceum.contracts.deployment.GateOutcome;
import lyceum.core.PairedScore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lyceum approve} and {@code lyceum reject}. */
@Command
public final class DecisionCommand implements Callable<Integer> {
  private final Lyceum lyceum;
  private final boolean approved;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "RUN",
      description = "Id of a run; may be left out when one alone waits.")
  private String run = "";

  @Option(names = "--reason", defaultValue = "", description = "Kept with the decision.")
  private String reason = "";

  /**
   * @param approved whether this is the yes or the no
   */
  public DecisionCommand(Lyceum lyceum, boolean approved) {
    this.lyceum = lyceum;
    this.approved = approved;
  }

  @Override
  public Integer call() {
    try (TemporalConnection connection = lyceum.connect()) {
      Runs runs = new Runs(connection);
      Approvals approvals = new Approvals(runs);
      String id = run.isEmpty() ? approvals.waiting() : runs.resolve(run);
      ApprovalStatus status = approvals.open(id);
      Table table = new Table("GATE", "MEASURED", "PASSED");
      for (GateOutcome gate : status.gates()) {
        table.row(
            bound(gate),
            gate.value() == null
                ? "not measured"
                : String.format(Locale.ROOT, "%.4f", gate.value()),
            gate.passed() ? "yes" : "no");
      }
      table.print(lyceum.screen());
      ChampionComparison comparison = status.comparison();
      if (comparison != null) {
        lyceum.screen().out().println();
        against(comparison).print(lyceum.screen());
        if (!comparison.note().isEmpty()) {
          lyceum.screen().say(comparison.note());
        }
      }
      approvals.decide(id, new ApprovalDecision(approved, lyceum.user(), reason));
      lyceum
          .screen()
          .say(
              (approved ? "Approved" : "Rejected")
                  + " version "
                  + status.candidateVersion()
                  + ". Follow it: lyceum run watch "
                  + id);
      return ExitCode.OK.status();
    }
  }

  /** Both on the same held-out items; the interval is of the difference. */
  private static Table against(ChampionComparison comparison) {
    Table table =
        new Table(
            "AGAINST VERSION " + comparison.champion(),
            "CHAMPION",
            "CANDIDATE",
            "DIFFERENCE",
            "INTERVAL",
            "P",
            "ITEMS",
            "PASSED");
    for (ChampionComparison.Outcome outcome : comparison.scores()) {
      PairedScore paired = outcome.paired();
      table.row(
          paired.score(),
          String.format(Locale.ROOT, "%.4f", paired.first()),
          String.format(Locale.ROOT, "%.4f", paired.second()),
          String.format(Locale.ROOT, "%+.4f", paired.difference()),
          String.format(
              Locale.ROOT,
              "%+.4f to %+.4f (%.4g%%, %s)",
              paired.low(),
              paired.high(),
              100 * paired.confidence(),
              paired.method()),
          String.format(Locale.ROOT, "%.3g", paired.pValue()),
          Long.toString(paired.items()),
          outcome.passed() ? "yes" : "no");
    }
    return table;
  }

  private static String bound(GateOutcome outcome) {
    var gate = outcome.gate();
    return gate.score()
        + (gate.atLeast() == null ? "" : " >= " + gate.atLeast())
        + (gate.atMost() == null ? "" : " <= " + gate.atMost());
  }
}
