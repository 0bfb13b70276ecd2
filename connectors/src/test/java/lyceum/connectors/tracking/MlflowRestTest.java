package lyceum.connectors.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import lyceum.connectors.server.RunningServer;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Failures that a healthy server does not give, and what is sent. */
class MlflowRestTest {
  private record Answer(int status, String body) {}

  private HttpServer server;
  private final Deque<Answer> answers = new ArrayDeque<>();
  private final List<String> authorizations = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          authorizations.add(
              String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          Answer answer = answers.size() > 1 ? answers.poll() : answers.peek();
          byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private MlflowTracker tracker(String username, String password) {
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    return new MlflowTracker(
        new TrackingSettings(uri, username, password), 3, Duration.ofMillis(1));
  }

  private static void assertCategory(Throwable e, ErrorCategory category) {
    assertThat(e)
        .isInstanceOfSatisfying(
            LyceumException.class, x -> assertThat(x.category()).isEqualTo(category));
  }

  @Test
  void busyServer_isAskedAgainUntilItAnswers() {
    answers.add(new Answer(503, "busy"));
    answers.add(new Answer(429, "{\"error_code\": \"REQUEST_LIMIT_EXCEEDED\"}"));
    answers.add(new Answer(200, "{\"registered_models\": [{\"name\": \"b\"}, {\"name\": \"a\"}]}"));
    assertThat(tracker("", "").modelLines()).containsExactly("a", "b");
    assertThat(authorizations).hasSize(3);
  }

  @Test
  void rowThatAnotherRunInserted_isAskedForAgain() {
    answers.add(
        new Answer(
            400,
            "{\"error_code\":\"BAD_REQUEST\",\"message\":\"(sqlite3.IntegrityError) UNIQUE constraint failed: datasets.experiment_id\"}"));
    answers.add(new Answer(200, "{}"));
    tracker("", "").logDataset("1f", "encyclopedia", "0bd5", "https://example.org", "training");
    assertThat(authorizations).hasSize(2);
  }

  @Test
  void refusedRequest_isNotSentAgain() {
    answers.add(
        new Answer(
            400, "{\"error_code\": \"INVALID_PARAMETER_VALUE\", \"message\": \"no such thing\"}"));
    assertThatThrownBy(() -> tracker("", "").modelLines())
        .satisfies(e -> assertCategory(e, ErrorCategory.USER))
        .hasMessageContaining("INVALID_PARAMETER_VALUE: no such thing");
    assertThat(authorizations).hasSize(1);
  }

  @Test
  void serverThatKeepsFailing_isExternalAfterTheRetries() {
    answers.add(new Answer(500, "oops"));
    assertThatThrownBy(() -> tracker("", "").modelLines())
        .satisfies(e -> assertCategory(e, ErrorCategory.EXTERNAL));
    assertThat(authorizations).hasSize(4);
  }

  @Test
  void wrongCredentials_isAUserErrorThatDoesNotShowThem() {
    answers.add(new Answer(401, "You are not authenticated."));
    assertThatThrownBy(() -> tracker("ada", "hush").modelLines())
        .satisfies(e -> assertCategory(e, ErrorCategory.USER))
        .hasMessageContaining("wrong credentials")
        .hasMessageContaining("LYCEUM_TRACKING_PASSWORD")
        .hasMessageNotContaining("hush");
    String expected =
        "Basic " + Base64.getEncoder().encodeToString("ada:hush".getBytes(StandardCharsets.UTF_8));
    assertThat(authorizations).containsExactly(expected);
  }

  @Test
  void somethingElseThanMlflow_isAUserError() {
    answers.add(new Answer(200, "<html>welcome</html>"));
    assertThatThrownBy(() -> tracker("", "").modelLines())
        .satisfies(e -> assertCategory(e, ErrorCategory.USER))
        .hasMessageContaining("is not MLflow");
  }

  @Test
  void nobodyListens_isExternalAndNamesTheAddress() throws Exception {
    URI nobody = URI.create("http://127.0.0.1:" + RunningServer.freePort());
    MlflowTracker tracker =
        new MlflowTracker(new TrackingSettings(nobody, "", ""), 1, Duration.ofMillis(1));
    assertThatThrownBy(tracker::modelLines)
        .satisfies(e -> assertCategory(e, ErrorCategory.EXTERNAL))
        .hasMessageContaining(nobody.toString())
        .hasMessageContaining("LYCEUM_TRACKING_URI");
  }
}
