package lyceum.worker;

import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkerInterceptorBase;
import java.time.Duration;
import lyceum.contracts.TaskQueues;

/**
 * Reports, while a call to a server runs, that its worker is alive: the call of one that was killed
 * is tried again when a report is missed, not when the call's whole time is up. Trainings report
 * for themselves, since a timer's report would hide a step that hangs.
 */
final class Liveness extends WorkerInterceptorBase {
  private final Duration every;

  /**
   * @param every shorter than the heartbeat time-out of these calls
   */
  Liveness(Duration every) {
    this.every = every;
  }

  @Override
  public ActivityInboundCallsInterceptor interceptActivity(ActivityInboundCallsInterceptor next) {
    return new Call(next);
  }

  private final class Call extends ActivityInboundCallsInterceptorBase {
    private ActivityExecutionContext context;

    @SuppressWarnings("NullAway.Init") // init comes before execute
    Call(ActivityInboundCallsInterceptor next) {
      super(next);
    }

    @Override
    public void init(ActivityExecutionContext context) {
      this.context = context;
      super.init(context);
    }

    @Override
    public ActivityOutput execute(ActivityInput input) {
      if (!TaskQueues.CONTROL.equals(context.getInfo().getActivityTaskQueue())
          || context.getInfo().getHeartbeatTimeout().isZero()) {
        return super.execute(input);
      }
      Thread reports = Thread.ofVirtual().name("liveness").start(this::report);
      try {
        return super.execute(input);
      } finally {
        reports.interrupt();
      }
    }

    private void report() {
      try {
        while (true) {
          Thread.sleep(every);
          context.heartbeat(null);
        }
      } catch (InterruptedException | ActivityCompletionException over) {
        // The call has ended, or nobody waits for it any more; it ends by itself before long.
        Thread.currentThread().interrupt();
      }
    }
  }
}
