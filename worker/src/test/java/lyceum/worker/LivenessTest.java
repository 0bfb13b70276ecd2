package lyceum.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.activity.ActivityExecutionContext;
import io.temporal.activity.ActivityInfo;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.Header;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.TaskQueues;
import org.junit.jupiter.api.Test;

class LivenessTest {
  private final CountDownLatch beats = new CountDownLatch(3);

  @Test
  void callToAServer_isReportedAsLongAsItRuns() {
    assertThat(execute(TaskQueues.CONTROL, Duration.ofSeconds(20), Duration.ofMinutes(1))).isTrue();
  }

  /**
   * Trainings say themselves how far they are; a call without the time-out is asked for nothing.
   */
  @Test
  void otherCalls_areNot() {
    assertThat(execute(TaskQueues.LEARNING, Duration.ofSeconds(20), Duration.ofMillis(50)))
        .isFalse();
    assertThat(execute(TaskQueues.CONTROL, Duration.ZERO, Duration.ofMillis(50))).isFalse();
  }

  /** Whether three reports came while the call ran, which waits for them at most so long. */
  private boolean execute(String queue, Duration timeout, Duration patience) {
    ActivityInfo info =
        fake(
            ActivityInfo.class,
            Map.of("getActivityTaskQueue", queue, "getHeartbeatTimeout", timeout));
    ActivityInboundCallsInterceptor call =
        new Liveness(Duration.ofMillis(1))
            .interceptActivity(
                new ActivityInboundCallsInterceptor() {
                  @Override
                  public void init(ActivityExecutionContext context) {}

                  @Override
                  public ActivityOutput execute(ActivityInput input) {
                    try {
                      return new ActivityOutput(
                          beats.await(patience.toMillis(), TimeUnit.MILLISECONDS));
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  }
                });
    call.init(fake(ActivityExecutionContext.class, Map.of("getInfo", info)));
    return Boolean.TRUE.equals(
        call.execute(
                new ActivityInboundCallsInterceptor.ActivityInput(Header.empty(), new Object[0]))
            .getResult());
  }

  private <T> T fake(Class<T> type, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("heartbeat")) {
                beats.countDown();
              }
              return answers.get(method.getName());
            }));
  }
}
