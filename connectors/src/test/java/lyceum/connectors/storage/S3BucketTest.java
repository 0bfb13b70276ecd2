package lyceum.connectors.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import lyceum.connectors.server.RunningServer;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Failures that a healthy server does not give, from one that only fails. */
class S3BucketTest {
  private HttpServer server;
  private final AtomicInteger requests = new AtomicInteger();
  private volatile int status = 500;
  private volatile String code = "InternalError";

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          exchange.getRequestBody().readAllBytes();
          byte[] body =
              ("<Error><Code>" + code + "</Code><Message>said so</Message></Error>")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/xml");
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static S3Bucket bucket(int port, int retries) {
    return new S3Bucket(
        new StorageSettings(
            URI.create("http://127.0.0.1:" + port), "key", "secret-key", "lyceum", "us-east-1"),
        retries,
        Duration.ofMillis(1));
  }

  private static void assertCategory(Throwable e, ErrorCategory category) {
    assertThat(e)
        .isInstanceOfSatisfying(
            LyceumException.class, x -> assertThat(x.category()).isEqualTo(category));
  }

  @Test
  void fullDisk_isAResourceErrorAndIsNotRetriedHere() {
    status = 507;
    code = "XMinioStorageFull";
    assertThatThrownBy(
            () -> bucket(server.getAddress().getPort(), 3).put("artifacts/a", new byte[10], "a"))
        .satisfies(e -> assertCategory(e, ErrorCategory.RESOURCE))
        .hasMessageContaining("the storage is full")
        .hasMessageContaining("Fix:");
    assertThat(requests).hasValueLessThan(3);
  }

  @Test
  void serverError_isRetriedThenExternal() {
    assertThatThrownBy(() -> bucket(server.getAddress().getPort(), 2).get("documents/a"))
        .satisfies(e -> assertCategory(e, ErrorCategory.EXTERNAL));
    assertThat(requests).hasValueGreaterThanOrEqualTo(3);
  }

  @Test
  void nobodyListens_isExternalAndNamesTheAddress() throws Exception {
    int port = RunningServer.freePort();
    assertThatThrownBy(() -> bucket(port, 1).put("artifacts/a", new byte[10], "a"))
        .satisfies(e -> assertCategory(e, ErrorCategory.EXTERNAL))
        .hasMessageContaining("127.0.0.1:" + port)
        .hasMessageContaining("Is the storage running there?");
  }

  @Test
  void noCredentials_isAUserErrorBeforeAnythingIsSent() {
    StorageSettings none =
        new StorageSettings(URI.create("http://127.0.0.1:1"), "", "", "lyceum", "us-east-1");
    assertThatThrownBy(() -> new S3Bucket(none))
        .satisfies(e -> assertCategory(e, ErrorCategory.USER))
        .hasMessageContaining("LYCEUM_STORAGE_ACCESS_KEY");
  }
}
