package lyceum.contracts.schedule;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import lyceum.core.LyceumException;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;

/** What a schedule starts: a run of a recipe, or a curation; it lasts as long as that does. */
@WorkflowInterface
public interface LaunchWorkflow {
  @WorkflowMethod
  void run(Launch launch);

  /** Temporal adds the time of the start to it. */
  static String workflowId(String schedule) {
    return "schedule-" + schedule;
  }

  /**
   * The run that an execution starts: from {@code schedule-nightly-2026-11-28T02:00:00Z}, which the
   * server makes, to {@code nightly-20261128-020000}.
   */
  static String runId(String schedule, String workflowId) {
    String prefix = workflowId(schedule) + "-";
    String moment =
        workflowId.startsWith(prefix) ? workflowId.substring(prefix.length()) : workflowId;
    return schedule
        + "-"
        + moment.replace("-", "").replace(":", "").replace("Z", "").replace('T', '-');
  }

  /** What is started. */
  enum Kind {
    RUN,
    CURATION
  }

  /**
   * What a schedule starts.
   *
   * @param recipe of a {@link Kind#RUN}, checked when the schedule was made
   * @param modelLine of a {@link Kind#CURATION}; of a run, its recipe's
   * @param requestedBy who made the schedule
   */
  record Launch(
      String schedule,
      Kind kind,
      @Nullable Recipe recipe,
      String modelLine,
      String requestedBy,
      boolean fresh) {
    public Launch {
      if ((kind == Kind.RUN) != (recipe != null)) {
        throw LyceumException.user(
            "A schedule starts either a run of a recipe or a curation; "
                + schedule
                + " is "
                + kind
                + (recipe == null ? " without" : " with")
                + " a recipe.");
      }
    }
  }
}
