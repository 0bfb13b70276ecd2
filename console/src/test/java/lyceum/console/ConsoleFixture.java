package lyceum.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lyceum.application.temporal.TemporalConnection;
import lyceum.connectors.settings.Settings;
import lyceum.console.api.Services;
import lyceum.console.security.LoginLink;
import lyceum.console.security.Role;
import lyceum.contracts.Payloads;
import lyceum.contracts.SearchKeys;

/** A console over Temporal's in-process server, with a user of each role and a clock to turn. */
final class ConsoleFixture implements AutoCloseable {
  static final String PASSWORD = "a password of words";

  final TestWorkflowEnvironment temporal;
  final Console console;
  final ConsoleSettings settings;
  final TurnedClock clock = new TurnedClock();
  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** A clock that stands where it was turned to. */
  static final class TurnedClock implements InstantSource {
    private volatile Instant now = Instant.parse("2026-11-21T12:00:00Z");

    @Override
    public Instant instant() {
      return now;
    }

    void turn(Duration by) {
      now = now.plus(by);
    }
  }

  ConsoleFixture(Path folder) {
    this(folder, Map.of());
  }

  ConsoleFixture(Path folder, Map<String, String> environment) {
    this(folder, environment, Optional.empty());
  }

  /**
   * @param server Temporal where the one in this process, which has no schedules, is not enough
   */
  ConsoleFixture(
      Path folder, Map<String, String> environment, Optional<TemporalConnection> server) {
    TestEnvironmentOptions.Builder options =
        TestEnvironmentOptions.newBuilder()
            .setUseTimeskipping(false)
            .setWorkflowClientOptions(
                WorkflowClientOptions.newBuilder()
                    .setDataConverter(Payloads.dataConverter())
                    .build());
    SearchKeys.ALL.forEach(
        key ->
            options.registerSearchAttribute(
                key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
    temporal = TestWorkflowEnvironment.newInstance(options.build());
    Map<String, String> all = new java.util.HashMap<>(environment);
    all.put("LYCEUM_HOME", folder.toString());
    all.put("LYCEUM_CONSOLE_PORT", environment.getOrDefault("LYCEUM_CONSOLE_PORT", "0"));
    all.put(
        "LYCEUM_RECIPES", Path.of("").toAbsolutePath().getParent().resolve("recipes").toString());
    all.put("LYCEUM_STORAGE_ACCESS_KEY", "nobody");
    all.put("LYCEUM_STORAGE_SECRET_KEY", "listens here");
    all.put("LYCEUM_TRACKING_URI", "http://127.0.0.1:9");
    all.put("LYCEUM_STORAGE_ENDPOINT", "http://127.0.0.1:9");
    Settings servers = Settings.load(all);
    settings = ConsoleSettings.of(all, folder);
    console =
        Console.start(
            settings,
            Services.of(
                servers,
                server.orElseGet(
                    () ->
                        TemporalConnection.of(
                            temporal.getWorkflowServiceStubs(),
                            temporal.getWorkflowClient(),
                            "in-process")),
                settings.recipes(),
                Optional.empty(),
                clock),
            clock);
  }

  /** Adds a user of this role, whose name is the role's. */
  void add(Role role) {
    console.users().add("the-" + role.word(), PASSWORD, EnumSet.of(role));
  }

  String token(Role role) {
    return console
        .tokens()
        .make("the-" + role.word(), "test", EnumSet.of(role), Duration.ofHours(1))
        .secret();
  }

  URI uri(String path) {
    return URI.create(console.address() + path);
  }

  HttpResponse<String> send(String method, String path, String body, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(60));
    if (body.isEmpty()) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .method(method, HttpRequest.BodyPublishers.ofString(body))
          .header("Content-Type", "application/json");
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<String> as(String token, String method, String path, String body) {
    return send(method, path, body, "Authorization", "Bearer " + token);
  }

  /** A browser that is signed in. */
  record Browser(String cookie, String csrf) {}

  Browser signIn(String user, String... headers) {
    return browser(
        send(
            "POST",
            "/api/v1/session",
            "{\"user\":\"" + user + "\",\"password\":\"" + PASSWORD + "\"}",
            headers));
  }

  Browser signInByLink() throws IOException {
    return browser(send("POST", "/api/v1/session", "{\"token\":\"" + link() + "\"}"));
  }

  String link() throws IOException {
    return Files.readString(settings.folder().resolve(LoginLink.FILE)).strip();
  }

  static Browser browser(HttpResponse<String> response) {
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + " " + response.body());
    }
    String cookie = response.headers().firstValue("Set-Cookie").orElseThrow();
    return new Browser(
        cookie.substring(0, cookie.indexOf(';')), json(response).path("csrfToken").asText());
  }

  HttpResponse<String> browse(Browser browser, String method, String path, String body) {
    return send(method, path, body, "Cookie", browser.cookie(), "X-CSRF-Token", browser.csrf());
  }

  static JsonNode json(HttpResponse<String> response) {
    return Payloads.fromJson(response.body(), JsonNode.class);
  }

  static List<Role> roles() {
    return List.of(Role.values());
  }

  @Override
  public void close() {
    console.close();
    temporal.close();
  }
}
