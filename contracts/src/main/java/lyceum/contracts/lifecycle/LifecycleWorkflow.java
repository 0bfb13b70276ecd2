package lyceum.contracts.lifecycle;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import lyceum.core.Stage;

/** A model's whole life. The stages are child workflows with ids {@code <runId>-<stage noun>}. */
@WorkflowInterface
public interface LifecycleWorkflow {
  @WorkflowMethod
  LifecycleResult run(LifecycleRequest request);

  @QueryMethod
  LifecycleStatus status();

  /**
   * Stops the running step at its next committed checkpoint and begins no other. Refused when
   * paused already.
   */
  @UpdateMethod
  void pause(PauseRequest request);

  @UpdateValidatorMethod(updateName = "pause")
  void validatePause(PauseRequest request);

  /** Goes on from where {@link #pause} stopped. Refused when not paused. */
  @UpdateMethod
  void resume(PauseRequest request);

  @UpdateValidatorMethod(updateName = "resume")
  void validateResume(PauseRequest request);

  /**
   * A stage tells that it runs, waits for people or has paused; reports of a stage that has ended
   * are ignored.
   */
  @SignalMethod
  void report(StageReport report);

  /** The id of the child workflow that runs the stage. */
  static String stageWorkflowId(String runId, Stage stage) {
    return runId + "-" + stage.noun();
  }
}
