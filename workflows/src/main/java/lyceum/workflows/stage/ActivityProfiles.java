package lyceum.workflows.stage;

import io.temporal.activity.ActivityCancellationType;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.common.converter.DataConverterException;
import java.time.Duration;
import lyceum.contracts.TaskQueues;
import lyceum.core.ErrorCategory;

/**
 * Every kind of activity and its time-outs, each with its reason. No other place builds {@link
 * ActivityOptions}.
 *
 * <p>Retries are by category, which travels as the failure's type: USER is never retried; INTERNAL
 * is given back to {@link StageScript}, which counts it exactly; RESOURCE, EXTERNAL, lost workers
 * and hand-overs are retried by the server with back-off until the time from schedule to close is
 * up. Attempts are never limited where work resumes, because a pause, a drained worker and a kill
 * each cost one.
 */
public final class ActivityProfiles {
  /**
   * Of calls to servers. Their worker reports that it is alive, so a killed one is noticed within
   * this time, not when a call's whole time is up; long enough for a machine that is busy.
   */
  private static final Duration ALIVE = Duration.ofSeconds(20);

  private ActivityProfiles() {}

  /** A short call to a server: records, tracking, aliases. */
  public static ActivityOptions control(String summary) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(TaskQueues.CONTROL)
        .setSummary(summary)
        // A call takes milliseconds; verifying a record's artifacts reads all of them, which may
        // take tens of seconds.
        .setStartToCloseTimeout(Duration.ofMinutes(5))
        .setHeartbeatTimeout(ALIVE)
        // Long enough to mend a server and start it again, short enough that a run does not hang on
        // it overnight.
        .setScheduleToCloseTimeout(Duration.ofMinutes(60))
        .setRetryOptions(retries(Duration.ofSeconds(1), Duration.ofMinutes(1)))
        // It ends by itself before long, and what it wrote must be known before the stage ends.
        .setCancellationType(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)
        .build();
  }

  /** Text processing on the CPU; begins again from its start when it is lost. */
  public static ActivityOptions dataStep(String summary) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(TaskQueues.DATA)
        .setSummary(summary)
        // One source or one split on one machine: what takes longer than two hours should be cut
        // finer.
        .setStartToCloseTimeout(Duration.ofHours(2))
        // A dead worker is noticed within half a minute; the step reports at least every few
        // seconds.
        .setHeartbeatTimeout(Duration.ofSeconds(30))
        // Several attempts of full length, and a night for a source that is down to come back.
        .setScheduleToCloseTimeout(Duration.ofHours(12))
        .setRetryOptions(retries(Duration.ofSeconds(5), Duration.ofMinutes(5)))
        .setCancellationType(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)
        .build();
  }

  /** Training, sampling and measuring on a learning worker; resumes from its newest checkpoint. */
  public static ActivityOptions learningStep(String summary) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(TaskQueues.LEARNING)
        .setSummary(summary)
        // The longest single attempt; the next one goes on from the newest checkpoint, so this ends
        // only what hangs unseen.
        .setStartToCloseTimeout(Duration.ofHours(24))
        // A killed worker's work starts elsewhere within 20 s; the training loop reports every
        // step, slow phases by the second.
        .setHeartbeatTimeout(Duration.ofSeconds(20))
        // Waiting for a device is normal and training may take days; after a week someone should
        // look.
        .setScheduleToCloseTimeout(Duration.ofDays(7))
        .setRetryOptions(retries(Duration.ofSeconds(2), Duration.ofMinutes(1)))
        // Pausing and cancelling wait until the step has left its checkpoint and freed the device.
        .setCancellationType(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)
        // An eager start would bypass the queue on which learning steps take turns.
        .setDisableEagerExecution(true)
        .build();
  }

  /**
   * Starting, swapping or asking the inference server, where the alternative to success is going
   * back.
   */
  public static ActivityOptions serving(String summary) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(TaskQueues.CONTROL)
        .setSummary(summary)
        // Fetching and loading the weights, and the answers to a handful of prompts on a slow CPU.
        .setStartToCloseTimeout(Duration.ofMinutes(10))
        .setHeartbeatTimeout(ALIVE)
        // A model that does not serve within this time goes back rather than leaving the line
        // without an answer.
        .setScheduleToCloseTimeout(Duration.ofMinutes(20))
        // Few attempts: a server that fails four times in a row is not saved by a fifth, and people
        // are waiting.
        .setRetryOptions(
            RetryOptions.newBuilder(retries(Duration.ofSeconds(2), Duration.ofSeconds(20)))
                .setMaximumAttempts(4)
                .build())
        .setCancellationType(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)
        .build();
  }

  /**
   * Serving the version from before a failed promotion again: there is nothing to go back to, so it
   * is tried for longer.
   */
  public static ActivityOptions restoring(String summary) {
    return ActivityOptions.newBuilder(serving(summary))
        // Long enough to bring a server's machine back by hand; until then the line has no answer.
        .setScheduleToCloseTimeout(Duration.ofHours(6))
        .setRetryOptions(retries(Duration.ofSeconds(2), Duration.ofMinutes(1)))
        .build();
  }

  /** A look at a version that is watched; what cannot be looked at is not well. */
  public static ActivityOptions watching(String summary) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(TaskQueues.CONTROL)
        .setSummary(summary)
        // A handful of answers on a slow CPU, and one page of metrics.
        .setStartToCloseTimeout(Duration.ofMinutes(3))
        .setHeartbeatTimeout(ALIVE)
        // A look that comes later than this would be of another time than the one asked for.
        .setScheduleToCloseTimeout(Duration.ofMinutes(5))
        .setRetryOptions(retries(Duration.ofSeconds(1), Duration.ofSeconds(10)))
        .setCancellationType(ActivityCancellationType.TRY_CANCEL)
        .build();
  }

  /** News to a receiver that may be down. */
  public static ActivityOptions delivery(String summary) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(TaskQueues.CONTROL)
        .setSummary(summary)
        // One request, or one mail.
        .setStartToCloseTimeout(Duration.ofMinutes(1))
        .setHeartbeatTimeout(ALIVE)
        // News that is older than a day has been seen elsewhere.
        .setScheduleToCloseTimeout(Duration.ofDays(1))
        .setRetryOptions(retries(Duration.ofSeconds(2), Duration.ofMinutes(10)))
        .build();
  }

  /**
   * Doubling back-off, without a limit on attempts, for all failures that another attempt on its
   * own may mend.
   */
  private static RetryOptions retries(Duration first, Duration longest) {
    return RetryOptions.newBuilder()
        .setInitialInterval(first)
        .setBackoffCoefficient(2)
        .setMaximumInterval(longest)
        // Values that cannot be written or read fail outside the activity's own code, under their
        // Java name.
        .setDoNotRetry(
            ErrorCategory.USER.name(),
            ErrorCategory.INTERNAL.name(),
            DataConverterException.class.getName())
        .build();
  }
}
