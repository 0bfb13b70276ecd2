package lyceum.cli.run;

import lyceum.application.run.RunState;
import lyceum.application.run.RunView;
import lyceum.application.run.Runs;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;

/** Follows a run to its end and says how it ended. */
public final class RunEnd {
  private RunEnd() {}

  public static ExitCode follow(Lyceum lyceum, Runs runs, String runId) {
    RunView end = new RunWatch(runs, lyceum.screen()).until(runId, run -> run.state().isOver());
    RunLinks.print(lyceum, end);
    return end.state() == RunState.DONE ? ExitCode.OK : ExitCode.RUN_FAILED;
  }
}
