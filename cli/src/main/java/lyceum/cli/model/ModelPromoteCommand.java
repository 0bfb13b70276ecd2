package lyceum.cli.model;

import java.util.Optional;
import java.util.concurrent.Callable;
import lyceum.application.model.ModelLines;
import lyceum.cli.command.Lyceum;
import lyceum.core.recipe.CanarySettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lyceum model promote}. */
@Command(
    name = "promote",
    description =
        "Judge a version, serve it, ask it, and point the alias champion at it. Goes back by itself when a step fails.")
final class ModelPromoteCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(index = "0", paramLabel = "LINE", description = "A model line.")
  private String line = "";

  @Parameters(index = "1", paramLabel = "VERSION", description = "A number or an alias.")
  private String version = "";

  @Option(
      names = "--override",
      description =
          "Promote it whatever its gates and the comparison with the champion say; needs --reason.")
  private boolean override;

  @Option(
      names = "--canary",
      paramLabel = "PERCENT",
      description =
          "Let it answer such a share of the requests first, and go back by itself if it does badly (otherwise as its recipe says).")
  private Optional<Double> canary = Optional.empty();

  @Option(
      names = "--canary-minutes",
      defaultValue = "60",
      description = "How long at most (default ${DEFAULT-VALUE}).")
  private double minutes;

  @Option(names = "--reason", defaultValue = "", description = "Kept in the line's history.")
  private String reason = "";

  ModelPromoteCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    ModelLines lines = lyceum.modelLines();
    String name = lines.resolve(line);
    int number = lines.version(name, version).version();
    return PromotionText.follow(
        lyceum,
        name,
        number,
        promotions ->
            promotions
                .promote(
                    name,
                    number,
                    lyceum.user(),
                    reason,
                    override,
                    canary.map(percent -> new CanarySettings(percent, minutes, 0)))
                .end());
  }
}
