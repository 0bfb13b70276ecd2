package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeysTest {
  private final AtomicLong nanos = new AtomicLong();

  private ApiKeys.Client client(int requests, int tokens) {
    return new ApiKeys.Client(
        new ApiKeys.Key("alice", new byte[] {1}, requests, tokens, 0), nanos::get);
  }

  private static long retryAfter(ApiKeys.Client client) {
    ApiException e = catchThrowableOfType(ApiException.class, client::enter);
    assertThat(e.status()).isEqualTo(429);
    return e.retryAfter().orElseThrow();
  }

  private void waitFor(long seconds) {
    nanos.addAndGet(seconds * 1_000_000_000);
  }

  @Test
  void requestsAMinute_refillEvenlyAndRetryAfterIsLongEnough() {
    ApiKeys.Client client = client(3, 0);
    for (int i = 0; i < 3; i++) {
      client.enter();
    }
    assertThat(retryAfter(client)).isEqualTo(20);
    waitFor(19);
    // Rounded up, never down.
    long left = retryAfter(client);
    assertThat(left).isBetween(1L, 2L);
    waitFor(left);
    client.enter();
    // An hour does not save up more than a minute's.
    waitFor(3_600);
    for (int i = 0; i < 3; i++) {
      client.enter();
    }
    assertThat(retryAfter(client)).isEqualTo(20);
  }

  @Test
  void tokensAMinute_countedWhenUsed() {
    ApiKeys.Client client = client(0, 60);
    client.enter();
    client.leave(90);
    // 30 too many, one a second.
    long left = retryAfter(client);
    assertThat(left).isBetween(31L, 32L);
    waitFor(left);
    client.enter();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "[{\"key\": \"short\", \"name\": \"a\"}]",
        "[{\"key\": \"long enough\"}]",
        "[{\"key\": \"long enough\", \"name\": \"a\"}, {\"key\": \"long enough\", \"name\": \"b\"}]",
        "[{\"key\": \"long enough\", \"name\": \"a\", \"requests_per_minute\": 0}]",
        "[{\"key\": \"long enough\", \"name\": \"a\", \"concurrent\": \"two\"}]",
      })
  void read_notAListOfKeys_userErrorNamingTheFile(String text, @TempDir Path folder)
      throws Exception {
    Path file = Files.writeString(folder.resolve("keys.json"), text);
    assertThatThrownBy(() -> ApiKeys.read(file))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("keys.json");
  }
}
