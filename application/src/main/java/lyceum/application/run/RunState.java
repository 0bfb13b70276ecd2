package lyceum.application.run;

import io.temporal.api.enums.v1.WorkflowExecutionStatus;

/** How a run stands as a whole. */
public enum RunState {
  RUNNING,
  PAUSED,
  /** A person is waited for. */
  WAITING,
  DONE,
  FAILED,
  CANCELLED;

  /** Whether nothing will happen any more. */
  public boolean isOver() {
    return this == DONE || this == FAILED || this == CANCELLED;
  }

  static RunState of(WorkflowExecutionStatus status) {
    return switch (status) {
      case WORKFLOW_EXECUTION_STATUS_COMPLETED -> DONE;
      case WORKFLOW_EXECUTION_STATUS_CANCELED, WORKFLOW_EXECUTION_STATUS_TERMINATED -> CANCELLED;
      case WORKFLOW_EXECUTION_STATUS_FAILED, WORKFLOW_EXECUTION_STATUS_TIMED_OUT -> FAILED;
      default -> RUNNING;
    };
  }
}
