package lyceum.activities;

import io.temporal.client.ActivityCompletionException;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkerInterceptorBase;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import java.io.UncheckedIOException;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;

/**
 * Turns what an activity throws into a failure whose type is its {@link ErrorCategory}. The type
 * decides the retry, in the workflow's activity options; USER is also marked so that no other
 * client can retry it.
 */
public final class CategorizedFailures extends WorkerInterceptorBase {
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
          throw failure(e);
        }
      }
    };
  }

  static ApplicationFailure failure(Throwable thrown) {
    ErrorCategory category = categoryOf(thrown);
    String message =
        thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage();
    return category == ErrorCategory.USER
        ? ApplicationFailure.newNonRetryableFailureWithCause(message, category.name(), thrown)
        : ApplicationFailure.newFailureWithCause(message, category.name(), thrown);
  }

  static ErrorCategory categoryOf(Throwable thrown) {
    return switch (thrown) {
      case LyceumException known -> known.category();
      case OutOfMemoryError full -> ErrorCategory.RESOURCE;
      case UncheckedIOException io ->
          isDiskFull(io) ? ErrorCategory.RESOURCE : ErrorCategory.INTERNAL;
      default -> ErrorCategory.INTERNAL;
    };
  }

  private static boolean isDiskFull(UncheckedIOException e) {
    String message = e.getMessage();
    return message != null && message.contains("No space left on device");
  }
}
