package lyceum.contracts;

import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TimeoutFailure;
import java.util.Optional;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * Reads failures that travelled through Temporal. A failure's category travels as the type of an
 * {@link ApplicationFailure}; the failures of activities and child workflows wrap it.
 */
public final class Failures {
  private Failures() {}

  /**
   * The category of the first cause that has one; a time-out without one is {@link
   * ErrorCategory#EXTERNAL}.
   */
  public static Optional<ErrorCategory> category(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      switch (t) {
        case LyceumException known -> {
          return Optional.of(known.category());
        }
        case ApplicationFailure application -> {
          Optional<ErrorCategory> category = named(application.getType());
          if (category.isPresent()) {
            return category;
          }
        }
        case TimeoutFailure timeout -> {
          return Optional.of(
              timeout.getCause() == null
                  ? ErrorCategory.EXTERNAL
                  : category(timeout.getCause()).orElse(ErrorCategory.EXTERNAL));
        }
        default -> {}
      }
    }
    return Optional.empty();
  }

  /** What happened, in the words of whoever noticed first that can speak to people. */
  public static String reason(Throwable failure) {
    Throwable innermost = failure;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      switch (t) {
        case ApplicationFailure application -> {
          return application.getOriginalMessage();
        }
        case LyceumException known -> {
          return words(known);
        }
        case CanceledFailure cancelled -> {
          return "cancelled";
        }
        case TimeoutFailure timeout -> {
          return timeout.getCause() == null
              ? "not finished in time (" + timeout.getTimeoutType() + ")"
              : "not finished in time ("
                  + timeout.getTimeoutType()
                  + "); last failure: "
                  + reason(timeout.getCause());
        }
        default -> innermost = t;
      }
    }
    return words(innermost);
  }

  /** Whether the failure is, or was caused by, a cancellation. */
  public static boolean isCancellation(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof CanceledFailure) {
        return true;
      }
    }
    return false;
  }

  private static String words(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }

  private static Optional<ErrorCategory> named(@Nullable String type) {
    for (ErrorCategory category : ErrorCategory.values()) {
      if (category.name().equals(type)) {
        return Optional.of(category);
      }
    }
    return Optional.empty();
  }
}
