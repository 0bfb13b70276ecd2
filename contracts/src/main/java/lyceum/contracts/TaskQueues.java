package lyceum.contracts;

/** The task queues, by what a worker needs in order to serve them. */
public final class TaskQueues {
  /** Workflow code only. */
  public static final String WORKFLOWS = "lyceum-workflows";

  /** Short calls to servers: records, tracking, aliases. */
  public static final String CONTROL = "lyceum-control";

  /** Text processing on the CPU. */
  public static final String DATA = "lyceum-data";

  /** Training and sampling; one at a time on a machine. */
  public static final String LEARNING = "lyceum-learning";

  private TaskQueues() {}
}
