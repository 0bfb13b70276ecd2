package lyceum.activities;

import io.temporal.client.ActivityCompletionException;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkerInterceptorBase;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import java.io.UncheckedIOException;
import java.util.Arrays;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what an activity throws into a failure whose type is its {@link ErrorCategory}. The type
 * decides the retry, in the workflow's activity options; USER is also marked so that no other
 * client can retry it.
 */
public final class CategorizedFailures extends WorkerInterceptorBase {
  private static final Logger LOG = LoggerFactory.getLogger(CategorizedFailures.class);

  /** Characters of a message, and frames, that stay below the server's limit together. */
  private static final int MESSAGE = 1_000;

  private static final int FRAMES = 5;

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

  /**
   * The failure as Temporal keeps it: category, message and the first frames. The server shows a
   * failure of more than 2 KiB as nothing but "Failure exceeds size limit" while its activity is
   * retried, so causes stay in the worker's log.
   */
  static ApplicationFailure failure(Throwable thrown) {
    ErrorCategory category = categoryOf(thrown);
    String text =
        thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage();
    String message = text.length() <= MESSAGE ? text : text.substring(0, MESSAGE) + "…";
    ApplicationFailure failure =
        category == ErrorCategory.USER
            ? ApplicationFailure.newNonRetryableFailure(message, category.name())
            : ApplicationFailure.newFailure(message, category.name());
    StackTraceElement[] frames = thrown.getStackTrace();
    failure.setStackTrace(Arrays.copyOf(frames, Math.min(FRAMES, frames.length)));
    LOG.warn("Activity failed: {}", category, thrown);
    return failure;
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
