package lyceum.console;

import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageReport;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.LyceumException;
import lyceum.core.Stage;

/** Two stages behind it, the third running, and there it stays until it is cancelled. */
public final class StandingLife implements LifecycleWorkflow {
  private boolean paused;
  private String recipe = "";

  @Override
  public LifecycleResult run(LifecycleRequest request) {
    recipe = request.recipe().name();
    Workflow.await(() -> false);
    throw new IllegalStateException("not reached");
  }

  @Override
  public LifecycleStatus status() {
    List<StageStatus> stages = new ArrayList<>();
    for (Stage stage : Stage.values()) {
      StageState state =
          stage.ordinal() < 2
              ? StageState.DONE
              : stage.ordinal() == 2 ? StageState.RUNNING : StageState.PENDING;
      stages.add(new StageStatus(stage, state, 0, 0, stage.ordinal() == 2 ? "<b>why</b>" : ""));
    }
    return new LifecycleStatus("run", recipe, "line", "someone", paused, "", stages);
  }

  @Override
  public void pause(PauseRequest request) {
    paused = true;
  }

  @Override
  public void validatePause(PauseRequest request) {
    if (paused) {
      throw LyceumException.user("The run is paused already.");
    }
  }

  @Override
  public void resume(PauseRequest request) {
    paused = false;
  }

  @Override
  public void validateResume(PauseRequest request) {}

  @Override
  public void report(StageReport report) {}
}
