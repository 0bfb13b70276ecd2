package lyceum.application.run;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.Stage;

/**
 * A run as it stands at one moment.
 *
 * @param stages all eight in order
 * @param steps what runs now, by stage
 * @param closedAtMillis 0 while it goes on
 * @param failure why it ended, where it ended badly
 * @param complete false when no worker could be asked, so that reasons and reuse are not known
 */
public record RunView(
    String runId,
    String recipe,
    String modelLine,
    String requestedBy,
    RunState state,
    long startedAtMillis,
    long closedAtMillis,
    String trackingRunId,
    List<StageStatus> stages,
    Map<Stage, StepView> steps,
    String failure,
    boolean complete) {
  public RunView {
    stages = List.copyOf(stages);
    steps = Map.copyOf(steps);
  }

  /** The stage that is under way. */
  public Optional<StageStatus> current() {
    return stages.stream()
        .filter(
            stage ->
                stage.state() == StageState.RUNNING
                    || stage.state() == StageState.WAITING
                    || stage.state() == StageState.PAUSED)
        .findFirst();
  }
}
