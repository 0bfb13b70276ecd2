package lyceum.cli.run;

import lyceum.application.run.Runs;
import picocli.CommandLine.Parameters;

/** The parameter RUN of verbs about one run. */
final class RunParameter {
  @Parameters(
      index = "0",
      paramLabel = "RUN",
      description = "Id of a run, the beginning of one, or latest.")
  private String run = "";

  String id(Runs runs) {
    return runs.resolve(run);
  }
}
