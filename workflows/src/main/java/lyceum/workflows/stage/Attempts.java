package lyceum.workflows.stage;

import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.Optional;
import lyceum.contracts.Failures;
import lyceum.core.ErrorCategory;

/**
 * Gives an activity that fails as INTERNAL two more chances. The count is of such failures alone
 * and is kept in the workflow: the server's own count of attempts also grows by every kill, pause
 * and drained worker, so a limit on that would end long trainings that are well.
 */
public final class Attempts {
  /** How often a step may fail as INTERNAL before its stage does. */
  public static final int INTERNAL_FAILURES = 3;

  private static final Duration PAUSE = Duration.ofSeconds(5);

  private Attempts() {}

  public static <T> T of(Functions.Func<T> activity) {
    for (int failures = 1; ; failures++) {
      try {
        return activity.apply();
      } catch (ActivityFailure e) {
        if (!mayBeMended(e) || failures == INTERNAL_FAILURES) {
          throw e;
        }
        Workflow.getLogger(Attempts.class)
            .warn(
                "{} failed {} of {} times: {}",
                e.getActivityType(),
                failures,
                INTERNAL_FAILURES,
                Failures.reason(e));
        Workflow.sleep(PAUSE.multipliedBy(failures));
      }
    }
  }

  /**
   * An activity can say of an INTERNAL failure that it is final, as when its result is too large to
   * travel.
   */
  private static boolean mayBeMended(ActivityFailure e) {
    return Failures.category(e).equals(Optional.of(ErrorCategory.INTERNAL))
        && !(e.getCause() instanceof ApplicationFailure failure && failure.isNonRetryable());
  }
}
