package lyceum.workflows.testing;

import io.temporal.failure.ApplicationFailure;
import lyceum.core.LyceumException;

/** Failures as the activity workers send them: the category is the type. */
public final class Failing {
  private Failing() {}

  public static ApplicationFailure with(LyceumException e) {
    return ApplicationFailure.newFailureWithCause(e.getMessage(), e.category().name(), e);
  }
}
