package lyceum.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.temporal.TemporalConnection;
import lyceum.connectors.settings.Settings;
import lyceum.console.api.Services;
import lyceum.console.security.AuditLog;
import lyceum.console.security.Role;
import lyceum.console.security.Tokens;
import lyceum.console.security.Users;
import lyceum.console.store.Database;
import lyceum.core.LyceumException;
import lyceum.verification.PostgresServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Users, sessions, tokens, kept answers and the audit log in a real Postgres, with several consoles
 * on it at once.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleDatabaseIT {
  private static final String PASSWORD = "a password of words";
  private static final InstantSource CLOCK = InstantSource.system();

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Path folder = Path.of("");
  private PostgresServer postgres;
  private int made;
  private String database = "";

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    folder = temporary;
    postgres = PostgresServer.start(temporary);
  }

  @AfterAll
  void stop() {
    if (postgres != null) {
      postgres.close();
    }
  }

  @BeforeEach
  void emptyDatabase() {
    database = "console" + made++;
    assertThat(postgres.sql("postgres", "postgres", "create database " + database).exitCode())
        .isZero();
  }

  @Test
  void manyConsoles_openedAtOnce_makeTheTablesOnce() {
    List<Database> opened =
        atOnce(IntStream.range(0, 8).mapToObj(i -> (Callable<Database>) this::open).toList());
    try {
      assertThat(
              opened.getFirst().query("select version from schema_version", row -> row.getInt(1)))
          .containsExactly(1);
    } finally {
      opened.forEach(Database::close);
    }
  }

  @Test
  void sameUser_addedAtOnce_isOneUser_andTheOthersAreTold() {
    try (Database first = open();
        Database second = open()) {
      List<String> outcomes =
          atOnce(
              IntStream.range(0, 8)
                  .mapToObj(i -> (Callable<String>) () -> added(i % 2 == 0 ? first : second))
                  .toList());
      assertThat(outcomes).containsOnlyOnce("added").filteredOn("taken"::equals).hasSize(7);
    }
  }

  private static String added(Database database) {
    try {
      new Users(database, CLOCK).add("ann", "", EnumSet.of(Role.VIEWER));
      return "added";
    } catch (RequestFailure taken) {
      return "taken";
    }
  }

  @Test
  void twoAdmins_whoTakeEachOthersRoleAtOnce_leaveOne() {
    try (Database first = open();
        Database second = open()) {
      Users here = new Users(first, CLOCK);
      Users there = new Users(second, CLOCK);
      here.add("ann", "", EnumSet.of(Role.ADMIN));
      here.add("bob", "", EnumSet.of(Role.ADMIN));
      for (int round = 0; round < 20; round++) {
        atOnce(List.of(demotion(here, "ann"), demotion(there, "bob")));
        assertThat(here.list())
            .filteredOn(user -> user.roles().contains(Role.ADMIN))
            .as("round " + round)
            .hasSize(1);
        for (String name : List.of("ann", "bob")) {
          here.change(
              name, Optional.empty(), Optional.of(EnumSet.of(Role.ADMIN)), Optional.empty());
        }
      }
    }
  }

  private static Callable<Boolean> demotion(Users users, String name) {
    return () -> {
      try {
        users.change(
            name, Optional.empty(), Optional.of(EnumSet.of(Role.VIEWER)), Optional.empty());
        return true;
      } catch (RequestFailure last) {
        return false;
      }
    };
  }

  @Test
  void audit_keepsItsRows_evenFromTheDatabasesOwner() {
    try (Database opened = open()) {
      AuditLog audit = new AuditLog(opened, CLOCK);
      audit.add(
          "ann", "session", "127.0.0.1", "startRun", "/api/v1/runs", 202, "{\"recipe\":\"é\"}");
      for (String statement :
          List.of("update audit set user_name = 'bob'", "delete from audit", "truncate audit")) {
        assertThat(postgres.sql("postgres", database, statement).err())
            .as(statement)
            .contains("append-only");
      }
      assertThat(audit.list(10, ""))
          .singleElement()
          .satisfies(entry -> assertThat(entry.detail()).isEqualTo("{\"recipe\":\"é\"}"));
    }
  }

  /** Postgres takes no character zero in a text, SQLite does. */
  @Test
  void characterZero_inWhatPeopleType_isRefusedAndNoFailure() {
    try (Database opened = open()) {
      Users users = new Users(opened, CLOCK);
      users.add("ann", "", EnumSet.of(Role.VIEWER));
      assertThat(users.authenticate("an\0n", PASSWORD)).isEmpty();
      assertThatThrownBy(
              () ->
                  new Tokens(opened, CLOCK)
                      .make("ann", "a\0b", EnumSet.of(Role.VIEWER), Duration.ofHours(1)))
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining("control character");
    }
  }

  @Test
  void twoConsoles_shareSessionsTokensKeptAnswersAndTheLog() throws Exception {
    try (Console here = console("here");
        Console there = console("there")) {
      String link = Files.readString(folder.resolve("here/console/login-token")).strip();
      Browser admin = signIn(here, "{\"token\":\"" + link + "\"}");
      String ann = "{\"name\":\"ann\",\"password\":\"" + PASSWORD + "\",\"roles\":[\"operator\"]}";
      assertThat(browse(there, admin, "POST", "/users", ann, "").statusCode()).isEqualTo(201);

      Browser own = signIn(here, "{\"user\":\"ann\",\"password\":\"" + PASSWORD + "\"}");
      JsonNode token =
          json.readTree(
              browse(there, own, "POST", "/tokens", "{\"name\":\"a program\"}", "").body());
      String secret = token.path("token").asText();
      assertThat(bearer(here, secret)).isEqualTo(200);
      String taken = "/tokens/" + token.path("id").asText();
      assertThat(browse(there, own, "DELETE", taken, "", "once").statusCode()).isEqualTo(204);
      assertThat(bearer(here, secret)).isEqualTo(401);
      // The same request again, and another one under its key, at the other console.
      assertThat(browse(here, own, "DELETE", taken, "", "once").statusCode()).isEqualTo(204);
      assertThat(browse(here, own, "DELETE", "/tokens/another", "", "once").statusCode())
          .isEqualTo(422);

      assertThat(browse(here, admin, "PATCH", "/users/ann", "{\"disabled\":true}", "").statusCode())
          .isEqualTo(200);
      assertThat(browse(there, own, "GET", "/tokens", "", "").statusCode()).isEqualTo(401);

      JsonNode log = json.readTree(browse(there, admin, "GET", "/audit", "", "").body());
      List<String> operations = new ArrayList<>();
      log.path("items").forEach(entry -> operations.add(entry.path("action").asText()));
      assertThat(operations)
          .contains("addUser", "makeToken", "revokeToken", "changeUser")
          .startsWith("changeUser");
    }
  }

  @Test
  void postgres_killedAndStartedAgain_hasWhatWasAnswered_andTheConsoleGoesOn() throws Exception {
    try (Console console = console("killed")) {
      String link = Files.readString(folder.resolve("killed/console/login-token")).strip();
      Browser admin = signIn(console, "{\"token\":\"" + link + "\"}");
      assertThat(
              browse(
                      console,
                      admin,
                      "POST",
                      "/users",
                      "{\"name\":\"bob\",\"password\":\"" + PASSWORD + "\",\"roles\":[\"rater\"]}",
                      "")
                  .statusCode())
          .isEqualTo(201);
      // The log is written after the answer is sent.
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> browse(console, admin, "GET", "/audit", "", "").body().contains("addUser"));
      postgres.kill();
      try {
        HttpResponse<String> without = browse(console, admin, "GET", "/users", "", "");
        assertThat(without.statusCode()).as(without.body()).isEqualTo(503);
      } finally {
        postgres.start();
      }
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> browse(console, admin, "GET", "/users", "", "").statusCode() == 200);
      assertThat(browse(console, admin, "GET", "/users", "", "").body()).contains("\"bob\"");
      assertThat(browse(console, admin, "GET", "/audit", "", "").body()).contains("addUser");
    }
  }

  private Database open() {
    return Database.open(
        "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/" + database,
        "postgres",
        PostgresServer.PASSWORD);
  }

  /** A console over servers of which none is asked. */
  private Console console(String name) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LYCEUM_HOME", folder.resolve(name).toString());
    environment.put("LYCEUM_CONSOLE_PORT", "0");
    environment.put(
        "LYCEUM_CONSOLE_DATABASE_URL",
        "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/" + database);
    environment.put("LYCEUM_CONSOLE_DATABASE_USER", "postgres");
    environment.put("LYCEUM_CONSOLE_DATABASE_PASSWORD", PostgresServer.PASSWORD);
    environment.put("LYCEUM_STORAGE_ACCESS_KEY", "nobody");
    environment.put("LYCEUM_STORAGE_SECRET_KEY", "is asked");
    Settings settings = Settings.load(environment);
    ConsoleSettings own = ConsoleSettings.of(environment, settings.home());
    return Console.start(
        own,
        Services.of(
            settings,
            TemporalConnection.open(settings, "test"),
            own.recipes(),
            own.temporalPages(),
            CLOCK),
        CLOCK);
  }

  private record Browser(String cookie, String csrf) {}

  private Browser signIn(Console console, String body) throws Exception {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(uri(console, "/session"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    String cookie = response.headers().firstValue("Set-Cookie").orElseThrow();
    return new Browser(
        cookie.substring(0, cookie.indexOf(';')),
        json.readTree(response.body()).path("csrfToken").asText());
  }

  private HttpResponse<String> browse(
      Console console, Browser browser, String method, String path, String body, String key)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(console, path))
            .timeout(Duration.ofMinutes(1))
            .header("Cookie", browser.cookie())
            .header("X-CSRF-Token", browser.csrf());
    if (body.isEmpty()) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, HttpRequest.BodyPublishers.ofString(body));
    }
    if (!key.isEmpty()) {
      request.header("Idempotency-Key", key);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private int bearer(Console console, String secret) throws Exception {
    return http.send(
            HttpRequest.newBuilder(uri(console, "/tokens"))
                .header("Authorization", "Bearer " + secret)
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }

  private static URI uri(Console console, String path) {
    return URI.create(console.address() + "/api/v1" + path);
  }

  /** The answers to all questions, which begin at the same moment. */
  private static <T> List<T> atOnce(List<Callable<T>> questions) {
    CyclicBarrier start = new CyclicBarrier(questions.size());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> asked =
          questions.stream()
              .map(
                  question ->
                      threads.submit(
                          () -> {
                            start.await();
                            return question.call();
                          }))
              .toList();
      List<T> answers = new ArrayList<>();
      for (Future<T> one : asked) {
        answers.add(one.get());
      }
      return answers;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
