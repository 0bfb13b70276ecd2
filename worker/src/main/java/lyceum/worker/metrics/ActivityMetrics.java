package lyceum.worker.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.activity.ActivityInfo;
import io.temporal.client.ActivityCompletionException;
import io.temporal.common.interceptors.ActivityExecutionContextBase;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkerInterceptorBase;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import lyceum.contracts.Failures;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.lifecycle.StageProgress;

/**
 * Attempts of activities: how many, how they ended, how long they were busy, and where those that
 * run stand. What an attempt that did not end well cost is counted as well; it is what was wasted.
 */
final class ActivityMetrics extends WorkerInterceptorBase {
  private final MeterRegistry registry;
  private final Clock clock;

  ActivityMetrics(MeterRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
  }

  @Override
  public ActivityInboundCallsInterceptor interceptActivity(ActivityInboundCallsInterceptor next) {
    return new Attempt(next);
  }

  private final class Attempt extends ActivityInboundCallsInterceptorBase {
    private final ActivityInboundCallsInterceptor next;
    private volatile double heartbeatSeconds;
    private volatile StageProgress progress = new StageProgress("", 0, 0, Double.NaN, 0, 0);
    private ActivityInfo info;

    @SuppressWarnings("NullAway.Init") // init comes before execute
    Attempt(ActivityInboundCallsInterceptor next) {
      super(next);
      this.next = next;
    }

    @Override
    public void init(ActivityExecutionContext context) {
      info = context.getInfo();
      next.init(
          new ActivityExecutionContextBase(context) {
            @Override
            public <V> void heartbeat(V details) throws ActivityCompletionException {
              heartbeatSeconds = now();
              if (details instanceof StageProgress now) {
                progress = now;
              }
              super.heartbeat(details);
            }
          });
    }

    @Override
    public ActivityOutput execute(ActivityInput input) {
      Tags activity =
          Tags.of("activity", info.getActivityType(), "stage", stage(info.getActivityType()));
      List<Meter> following = follow(activity.and("run", run(info)));
      long began = System.nanoTime();
      long processor = processorNanos();
      String outcome = "failed";
      try {
        ActivityOutput output = next.execute(input);
        outcome = "done";
        return output;
      } catch (Throwable e) {
        outcome = Failures.isCancellation(e) || isLost(e) ? "stopped" : "failed";
        throw e;
      } finally {
        Tags ended = activity.and("outcome", outcome);
        registry
            .counter(
                "lyceum.activity.attempts",
                ended.and("attempt", info.getAttempt() == 1 ? "first" : "again"))
            .increment();
        registry
            .counter("lyceum.activity.seconds", ended)
            .increment((System.nanoTime() - began) / 1e9);
        // One activity at a time has this queue, so that the process works for it alone.
        if (TaskQueues.LEARNING.equals(info.getActivityTaskQueue())) {
          registry
              .counter("lyceum.activity.cpu.seconds", ended)
              .increment((processorNanos() - processor) / 1e9);
        }
        following.forEach(registry::remove);
      }
    }

    private List<Meter> follow(Tags tags) {
      heartbeatSeconds = now();
      List<Meter> meters = new ArrayList<>();
      meters.add(gauge("lyceum.activity.attempt", tags, attempt -> attempt.info.getAttempt()));
      meters.add(
          gauge(
              "lyceum.activity.last.heartbeat.timestamp.seconds",
              tags,
              attempt -> attempt.heartbeatSeconds));
      // Only trainings tell how far they are, and all of those are on this queue.
      if (TaskQueues.LEARNING.equals(info.getActivityTaskQueue())) {
        meters.add(gauge("lyceum.training.step", tags, attempt -> attempt.progress.step()));
        meters.add(gauge("lyceum.training.steps", tags, attempt -> attempt.progress.steps()));
        meters.add(gauge("lyceum.training.loss", tags, attempt -> attempt.progress.loss()));
        meters.add(
            gauge(
                "lyceum.training.tokens.per.second",
                tags,
                attempt -> attempt.progress.tokensPerSecond()));
        meters.add(
            gauge(
                "lyceum.training.checkpoint.step",
                tags,
                attempt -> attempt.progress.checkpointStep()));
      }
      return meters;
    }

    private Meter gauge(String name, Tags tags, ToDoubleFunction<Attempt> value) {
      return Gauge.builder(name, this, value).tags(tags).strongReference(true).register(registry);
    }
  }

  private double now() {
    return clock.millis() / 1e3;
  }

  private static long processorNanos() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean process
        ? process.getProcessCpuTime()
        : 0;
  }

  /** The server does not wait for this attempt any more, or the worker is being drained. */
  private static boolean isLost(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof ActivityCompletionException) {
        return true;
      }
    }
    return false;
  }

  /** {@code finetuning.Train} is of the stage finetuning. */
  static String stage(String activityType) {
    int dot = activityType.indexOf('.');
    return dot < 0
        ? activityType.toLowerCase(Locale.ROOT)
        : activityType.substring(0, dot).toLowerCase(Locale.ROOT);
  }

  /** A stage's workflow is named by its run and the stage. */
  private static String run(ActivityInfo info) {
    String workflow = Objects.requireNonNullElse(info.getWorkflowId(), "");
    String ending = "-" + stage(info.getActivityType());
    return workflow.endsWith(ending)
        ? workflow.substring(0, workflow.length() - ending.length())
        : workflow;
  }
}
