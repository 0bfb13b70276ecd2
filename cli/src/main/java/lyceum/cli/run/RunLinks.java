package lyceum.cli.run;

import lyceum.application.run.RunView;
import lyceum.cli.command.Lyceum;
import lyceum.cli.screen.Screen;
import lyceum.cli.stack.Links;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.core.LyceumException;

/** Pages about one run. */
final class RunLinks {
  private RunLinks() {}

  static void print(Lyceum lyceum, RunView run) {
    Screen screen = lyceum.screen();
    Settings settings = lyceum.settings();
    String temporal = Links.run(lyceum.installation(), settings, run.runId());
    if (!temporal.isEmpty()) {
      screen.say("  Temporal  " + temporal);
    }
    if (!run.trackingRunId().isEmpty()) {
      try {
        screen.say(
            "  MLflow    " + new MlflowTracker(settings.tracking()).runUrl(run.trackingRunId()));
      } catch (LyceumException e) {
        screen.say("  MLflow    " + settings.tracking().uri() + " does not answer");
      }
    }
  }
}
