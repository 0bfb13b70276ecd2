package lyceum.cli.model;

import java.util.concurrent.Callable;
import lyceum.application.model.ModelLines;
import lyceum.cli.command.Lyceum;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lyceum model rollback}. */
@Command(name = "rollback", description = "Serve the version again that was champion before.")
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
    return PromotionText.promote(lyceum, name, lines.previous(name), reason);
  }
}
