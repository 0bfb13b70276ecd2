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
