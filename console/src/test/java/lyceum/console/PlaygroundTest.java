package lyceum.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import lyceum.console.security.Role;
import lyceum.contracts.Payloads;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the playground asks of the model server, which is written down here. */
class PlaygroundTest {
  private static final String FEEDBACK = "/api/v1/playground/feedback";
  private static final String ID = "chatcmpl-00000000-0000-0000-0000-000000000000";

  /** One request to the model server. */
  private record Asked(String path, String consent, String authorization, JsonNode body) {}

  @TempDir Path folder;
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private ConsoleFixture fixture;
  private volatile int status = 200;
  private volatile String answer = "{\"kept\":true}";

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1",
        exchange -> {
          asked.add(
              new Asked(
                  exchange.getRequestURI().getPath(),
                  String.valueOf(exchange.getRequestHeaders().getFirst("x-lyceum-consent")),
                  String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
                  Payloads.mapper().readTree(exchange.getRequestBody())));
          byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    fixture =
        new ConsoleFixture(
            folder,
            Map.of(
                "LYCEUM_SERVING_PORT",
                Integer.toString(server.getAddress().getPort()),
                "LYCEUM_CONSOLE_SERVING_KEY",
                "the-consoles-key"));
    fixture.add(Role.RATER);
    fixture.add(Role.VIEWER);
  }

  @AfterEach
  void stop() {
    fixture.close();
    server.stop(0);
  }

  private HttpResponse<String> feedback(Role role, String body) {
    return fixture.as(fixture.token(role), "POST", FEEDBACK, body);
  }

  @Test
  void feedback_withConsent_reachesTheModelServerWhole() {
    HttpResponse<String> response =
        feedback(
            Role.RATER,
            "{\"requestId\":\""
                + ID
                + "\",\"rating\":\"DOWN\",\"edit\":\"Better.\",\"comment\":\"too short\",\"consent\":true}");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(asked).hasSize(1);
    assertThat(asked.getFirst().path()).isEqualTo("/v1/feedback");
    assertThat(asked.getFirst().authorization()).isEqualTo("Bearer the-consoles-key");
    assertThat(asked.getFirst().body().toString())
        .isEqualTo(
            "{\"request_id\":\""
                + ID
                + "\",\"rating\":\"down\",\"edit\":\"Better.\",\"comment\":\"too short\"}");
  }

  @Test
  void feedback_withoutConsent_isAThumbAlone() {
    assertThat(
            feedback(
                    Role.RATER,
                    "{\"requestId\":\"" + ID + "\",\"rating\":\"UP\",\"consent\":false}")
                .statusCode())
        .isEqualTo(200);
    assertThat(asked.getFirst().body().toString())
        .isEqualTo("{\"request_id\":\"" + ID + "\",\"rating\":\"up\"}");

    HttpResponse<String> refused =
        feedback(
            Role.RATER,
            "{\"requestId\":\"" + ID + "\",\"edit\":\"My name is Ann.\",\"consent\":false}");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("needs consent");
    assertThat(asked).hasSize(1);
  }

  @Test
  void feedback_ofWhoMayNotRate_orWhatTheServerRefuses_isRefused_andNotInTheAuditLog() {
    assertThat(
            feedback(
                    Role.VIEWER,
                    "{\"requestId\":\"" + ID + "\",\"rating\":\"UP\",\"consent\":false}")
                .statusCode())
        .isEqualTo(403);
    assertThat(asked).isEmpty();

    status = 400;
    answer = "{\"error\":{\"message\":\"'request_id' is not the id of an answer.\"}}";
    HttpResponse<String> refused =
        feedback(
            Role.RATER, "{\"requestId\":\"x\",\"comment\":\"a secret word\",\"consent\":true}");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("is not the id of an answer");

    fixture.add(Role.ADMIN);
    String log = fixture.as(fixture.token(Role.ADMIN), "GET", "/api/v1/audit", "").body();
    assertThat(log).contains("giveFeedback").doesNotContain("a secret word");

    server.stop(0);
    assertThat(
            feedback(
                    Role.RATER,
                    "{\"requestId\":\"" + ID + "\",\"rating\":\"UP\",\"consent\":false}")
                .statusCode())
        .isEqualTo(503);
  }

  @Test
  void chat_isKeptToLearnFrom_onlyWhereThePersonSaysSo() {
    answer = "data: [DONE]\n\n";
    String viewer = fixture.token(Role.VIEWER);
    String chat = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";
    for (String end : List.of("}", ",\"consent\":false}", ",\"consent\":true}")) {
      assertThat(fixture.as(viewer, "POST", "/api/v1/playground/chat", chat + end).statusCode())
          .isEqualTo(200);
    }
    assertThat(asked).extracting(Asked::consent).containsExactly("null", "null", "true");
    assertThat(asked).allSatisfy(one -> assertThat(one.body().has("consent")).isFalse());
  }
}
