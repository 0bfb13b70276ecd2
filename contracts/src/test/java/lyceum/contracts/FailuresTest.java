package lyceum.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.api.enums.v1.TimeoutType;
import io.temporal.api.failure.v1.ApplicationFailureInfo;
import io.temporal.api.failure.v1.Failure;
import io.temporal.api.failure.v1.TimeoutFailureInfo;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void category_isTheFirstNamedOne() {
    Throwable chain =
        new RuntimeException(
            ApplicationFailure.newFailureWithCause(
                "outer",
                "java.lang.IllegalStateException",
                ApplicationFailure.newFailure("inner", "RESOURCE")));

    assertThat(Failures.category(chain)).contains(ErrorCategory.RESOURCE);
    assertThat(Failures.reason(chain)).isEqualTo("outer");
  }

  @Test
  void category_ofATimeout_isThatOfTheLastFailureBeforeIt() {
    assertThat(Failures.category(timeout(Failure.newBuilder()))).contains(ErrorCategory.EXTERNAL);

    Throwable full =
        timeout(
            Failure.newBuilder()
                .setCause(
                    Failure.newBuilder()
                        .setMessage("no space left")
                        .setApplicationFailureInfo(
                            ApplicationFailureInfo.newBuilder().setType("RESOURCE"))));
    assertThat(Failures.category(full)).contains(ErrorCategory.RESOURCE);
    assertThat(Failures.reason(full)).contains("SCHEDULE_TO_CLOSE").contains("no space left");
  }

  /** As it arrives from the server. */
  private static Throwable timeout(Failure.Builder failure) {
    return Payloads.dataConverter()
        .failureToException(
            failure
                .setTimeoutFailureInfo(
                    TimeoutFailureInfo.newBuilder()
                        .setTimeoutType(TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE))
                .build());
  }

  @Test
  void category_ofAStrangersException_isUnknown() {
    assertThat(Failures.category(new IllegalArgumentException("x"))).isEmpty();
    assertThat(Failures.reason(new IllegalArgumentException("x"))).isEqualTo("x");
  }

  @Test
  void isCancellation_seesThroughTheChain() {
    assertThat(Failures.isCancellation(new RuntimeException(new CanceledFailure("stop")))).isTrue();
    assertThat(Failures.isCancellation(LyceumException.user("x"))).isFalse();
  }
}
