package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that share what is in service: one is told, the others do the same. */
class PlacementTest {
  private static final String TOKEN = "test-token";
  private static final String TINY = "{\"name\":\"tiny\"%s}";

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<InferenceServer> servers = new ArrayList<>();
  private Path file = Path.of("");
  private Path one = Path.of("");
  private Path two = Path.of("");

  @BeforeEach
  void models(@TempDir Path folder) {
    file = folder.resolve("shared").resolve("in-service.json");
    one = folder.resolve("one");
    two = folder.resolve("two");
    TinyModels.write(one, 1);
    TinyModels.write(two, 2);
  }

  @AfterEach
  void stop() {
    servers.forEach(InferenceServer::close);
  }

  private InferenceServer start() {
    InferenceServer server =
        InferenceServer.start(
            ServerSettings.of("127.0.0.1", 0, Optional.of(TOKEN)).sharing(file), Optional.empty());
    servers.add(server);
    return server;
  }

  private void tell(InferenceServer server, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(server.address().resolve(path))
                .header("Authorization", "Bearer " + TOKEN)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  private void serve(InferenceServer server, Path directory, int version, String more)
      throws IOException, InterruptedException {
    tell(
        server,
        "/admin/model",
        "{\"directory\":\"%s\",\"name\":\"tiny\",\"version\":%d%s}"
            .formatted(directory, version, more));
  }

  /** The models of a server, in words. */
  private String inService(InferenceServer server) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(server.address().resolve("/admin/models"))
                .header("Authorization", "Bearer " + TOKEN)
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private void awaitSame(InferenceServer told, InferenceServer other) throws Exception {
    String wanted = inService(told);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(inService(other)).isEqualTo(wanted));
  }

  @Test
  void whatOneServerIsTold_allDo_andThoseStartedLater() throws Exception {
    InferenceServer told = start();
    InferenceServer other = start();
    serve(told, one, 1, "");
    awaitSame(told, other);
    assertThat(inService(other)).contains("\"version\":1");
    // At once: who asks for its health asks a server that answers.
    InferenceServer later = start();
    assertThat(inService(later)).isEqualTo(inService(told));

    serve(told, two, 2, ",\"role\":\"canary\",\"percent\":30");
    awaitSame(told, other);
    serve(told, two, 2, ",\"role\":\"canary\",\"percent\":60");
    awaitSame(told, later);
    assertThat(inService(later)).contains("\"percent\":60");
    // Whichever is asked.
    tell(other, "/admin/promote", TINY.formatted(""));
    awaitSame(other, told);
    assertThat(inService(told)).contains("\"version\":2").doesNotContain("canary");

    serve(later, one, 1, ",\"role\":\"shadow\",\"percent\":10");
    awaitSame(later, told);
    assertThat(inService(told)).contains("shadow");
    tell(told, "/admin/leave", TINY.formatted(",\"role\":\"shadow\""));
    awaitSame(told, later);
    assertThat(inService(later)).doesNotContain("shadow");
    tell(told, "/admin/remove", TINY.formatted(""));
    awaitSame(told, other);
    assertThat(inService(other)).isEqualTo("{\"models\":[]}");
  }

  @Test
  void aServerThatIsToldTheNextThing_knowsTheLast() throws Exception {
    InferenceServer told = start();
    InferenceServer other = start();
    serve(told, one, 1, "");
    serve(other, two, 2, ",\"role\":\"canary\",\"percent\":30");
    tell(told, "/admin/promote", TINY.formatted(""));
    assertThat(inService(told)).contains("\"version\":2").doesNotContain("canary");
    awaitSame(told, other);
    assertThat(inService(other)).contains("\"version\":2").doesNotContain("canary");
  }

  @Test
  void whatCannotBeDone_leavesTheModelInService_andIsTriedAgain() throws Exception {
    InferenceServer told = start();
    InferenceServer other = start();
    serve(told, one, 1, "");
    awaitSame(told, other);
    String good = Files.readString(file);

    Files.writeString(file, "not JSON");
    Thread.sleep(3000);
    assertThat(inService(other)).contains("\"version\":1");
    // The files of another model than the one that is named.
    Files.writeString(file, good.replace(one.toString(), two.toString()).replace(": 1,", ": 3,"));
    Thread.sleep(3000);
    assertThat(inService(other)).contains("\"version\":1");

    serve(told, two, 2, "");
    awaitSame(told, other);
    assertThat(inService(other)).contains("\"version\":2");
  }
}
