package lyceum.cli.model;

import java.util.concurrent.Callable;
import lyceum.application.model.ModelLines;
import lyceum.application.model.Promotions;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lyceum model rollback}. */
@Command(
    name = "rollback",
    description =
        "Serve the version again that was champion before; where a promotion is a canary or watched, take that back.")
final class ModelRollbackCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "LINE",
      description = "A model line; may be left out when there is one alone.")
  private String line = "";

  @Option(
      names = "--reason",
      defaultValue = "rolled back",
      description = "Kept in the line's history (default: ${DEFAULT-VALUE}).")
  private String reason = "";

  ModelRollbackCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    ModelLines lines = lyceum.modelLines();
    String name = lines.resolve(line);
    try (TemporalConnection connection = lyceum.connect()) {
      if (new Promotions(connection).goBack(name, lyceum.user(), reason)) {
        lyceum
            .screen()
            .say("The promotion under way goes back: lyceum model history --all " + name);
        return ExitCode.OK.status();
      }
    }
    int previous = lines.previous(name);
    return PromotionText.follow(
        lyceum,
        name,
        previous,
        promotions -> promotions.rollBack(name, previous, lyceum.user(), reason).end());
  }
}
