package lyceum.cli.model;

import lyceum.application.model.Promotions;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Screen;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;

/** Promotes a version and tells what the server answered. */
final class PromotionText {
  private PromotionText() {}

  /** How a version is promoted. */
  interface Way {
    PromotionResult take(Promotions promotions);
  }

  static int follow(Lyceum lyceum, String line, int version, Way way) {
    Screen screen = lyceum.screen();
    try (TemporalConnection connection = lyceum.connect()) {
      screen.say(
          "Serving version "
              + version
              + " of "
              + line
              + ", asking it, then moving the alias champion");
      PromotionResult result = way.take(new Promotions(connection));
      result
          .smoke()
          .forEach(
              answer -> screen.say("  " + answer.prompt() + " -> " + Screen.safe(answer.answer())));
      screen.say(
          "Version "
              + result.version()
              + " of "
              + line
              + " serves at "
              + result.endpoint()
              + (result.previousVersion() > 0 && result.previousVersion() != result.version()
                  ? "; before it was version " + result.previousVersion() + "."
                  : "."));
      return ExitCode.OK.status();
    }
  }
}
