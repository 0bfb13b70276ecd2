package lyceum.worker;

import lyceum.contracts.TaskQueues;

/** A task queue that a worker may serve, under its short name. */
public enum Queue {
  WORKFLOWS(TaskQueues.WORKFLOWS),
  CONTROL(TaskQueues.CONTROL),
  DATA(TaskQueues.DATA),
  LEARNING(TaskQueues.LEARNING);

  private final String taskQueue;

  Queue(String taskQueue) {
    this.taskQueue = taskQueue;
  }

  /** Its name on the server. */
  public String taskQueue() {
    return taskQueue;
  }
}
