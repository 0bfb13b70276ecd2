package lyceum.cli.model;

import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.CommandFailure;
import lyceum.cli.outcome.ExitCode;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.core.Tracker;
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
    Tracker tracker = new MlflowTracker(lyceum.settings().tracking());
    String name = new ModelLines(tracker).resolve(line);
    Integer previous = tracker.aliases(name).get(ModelLines.PREVIOUS);
    if (previous == null) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND, "The model line " + name + " has no earlier champion to go back to.");
    }
    return Promotion.run(lyceum, name, previous, reason);
  }
}
