package lyceum.activities;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.common.converter.DefaultDataConverter;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;

class CategorizedFailuresTest {
  @Test
  void failure_user_isNeverRetried() {
    ApplicationFailure failure =
        CategorizedFailures.failure(LyceumException.user("no such source"));
    assertThat(failure.isNonRetryable()).isTrue();
    assertThat(failure.getType()).isEqualTo("USER");
    assertThat(failure.getOriginalMessage()).isEqualTo("no such source");
  }

  @Test
  void failure_unknown_isInternal() {
    assertThat(CategorizedFailures.failure(new IllegalStateException("defect")).getType())
        .isEqualTo("INTERNAL");
  }

  @Test
  void failure_external_mayBeRetried() {
    ApplicationFailure failure =
        CategorizedFailures.failure(LyceumException.external("store down"));
    assertThat(failure.isNonRetryable()).isFalse();
    assertThat(failure.getType()).isEqualTo("EXTERNAL");
  }

  @Test
  void failure_fullDisk_isResource() {
    Throwable full = new UncheckedIOException(new IOException("No space left on device"));
    assertThat(CategorizedFailures.failure(full).getType()).isEqualTo("RESOURCE");
  }

  @Test
  void failure_withALongMessageAndCauses_staysBelowWhatTheServerShows() {
    Throwable cause = new IllegalStateException("x".repeat(5_000));
    for (int depth = 0; depth < 30; depth++) {
      cause = new IllegalStateException("at depth " + depth, cause);
    }

    ApplicationFailure failure =
        CategorizedFailures.failure(
            LyceumException.resource("The store is full. " + "y".repeat(5_000), cause));

    assertThat(failure.getOriginalMessage()).startsWith("The store is full.");
    assertThat(
            DefaultDataConverter.STANDARD_INSTANCE.exceptionToFailure(failure).getSerializedSize())
        .isLessThan(2_048);
  }
}
