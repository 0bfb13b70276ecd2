package lyceum.contracts.lifecycle;

import io.temporal.workflow.SignalMethod;

/** Signals that every stage workflow takes from the life it belongs to. */
public interface StageControl {
  @SignalMethod
  void pauseStage(PauseRequest request);

  @SignalMethod
  void resumeStage(PauseRequest request);
}
