package lyceum.activities;

import io.temporal.activity.Activity;
import io.temporal.client.ActivityCompletionException;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkerInterceptorBase;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;

/**
 * Turns what an activity throws into a failure whose type is its {@link ErrorCategory}, which decides the retry: USER is never
 * retried, INTERNAL at most {@value #INTERNAL_ATTEMPTS} times in all, RESOURCE and EXTERNAL as long as the activity's options say.
 */
public final class CategorizedFailures extends WorkerInterceptorBase {
  static final int INTERNAL_ATTEMPTS = 3;

  @Override
  public ActivityInboundCallsInterceptor interceptActivity(ActivityInboundCallsInterceptor next) {
    return new ActivityInboundCallsInterceptorBase(next) {
      @Override
      public ActivityOutput execute(ActivityInput input) {
        try {
          return super.execute(input);
        } catch (ActivityCompletionException | TemporalFailure e) {
          // Cancelled, paused, shut down, or categorised already.
          throw e;
        } catch (RuntimeException | OutOfMemoryError e) {
          throw failure(e, Activity.getExecutionContext().getInfo().getAttempt());
        }
      }
    };
  }

  static ApplicationFailure failure(Throwable thrown, int attempt) {
    ErrorCategory category = categoryOf(thrown);
    String message = thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage();
    boolean retry =
        switch (category) {
          case USER -> false;
          case INTERNAL -> attempt < INTERNAL_ATTEMPTS;
          case RESOURCE, EXTERNAL -> true;
        };
    return retry
        ? ApplicationFailure.newFailureWithCause(message, category.name(), thrown)
        : ApplicationFailure.newNonRetryableFailureWithCause(message, category.name(), thrown);
  }

  static ErrorCategory categoryOf(Throwable thrown) {
    return switch (thrown) {
      case LyceumException known -> known.category();
      case OutOfMemoryError full -> ErrorCategory.RESOURCE;
      case UncheckedIOException io -> ofIo(io.getCause());
      default -> ErrorCategory.INTERNAL;
    };
  }

  private static ErrorCategory ofIo(IOException e) {
    String message = e.getMessage();
    return message != null && message.contains("No space left on device")
        ? ErrorCategory.RESOURCE
        : ErrorCategory.INTERNAL;
  }
}
