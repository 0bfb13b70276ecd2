package lyceum.contracts;

/**
 * The task queues, by what a worker needs in order to serve them. An activity interface belongs to
 * one queue.
 */
public final class TaskQueues {
  /** Workflow code only. */
  public static final String WORKFLOWS = "lyceum-workflows";

  /**
   * Short calls to servers: {@code StageRecords}, {@code DeploymentActivities}, {@code
   * NotificationActivities}, {@code ScheduleActivities}.
   */
  public static final String CONTROL = "lyceum-control";

  /**
   * Text processing on the CPU: {@code CorpusActivities}, {@code TokenizerActivities}, {@code
   * CurationActivities}.
   */
  public static final String DATA = "lyceum-data";

  /**
   * Training and sampling, one at a time on a machine: {@code PretrainingActivities}, {@code
   * FinetuningActivities}, {@code AlignmentActivities}, {@code EvaluationActivities}, {@code
   * DistillationActivities}.
   */
  public static final String LEARNING = "lyceum-learning";

  private TaskQueues() {}
}
