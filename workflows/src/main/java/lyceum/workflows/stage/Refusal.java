package lyceum.workflows.stage;

import io.temporal.failure.ApplicationFailure;
import lyceum.core.ErrorCategory;

/**
 * What an update's validator throws, so that the caller sees category and words and nothing enters
 * the history.
 */
public final class Refusal {
  private Refusal() {}

  public static ApplicationFailure because(String reason) {
    return ApplicationFailure.newNonRetryableFailure(reason, ErrorCategory.USER.name());
  }
}
