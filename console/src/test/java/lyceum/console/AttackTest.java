package lyceum.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lyceum.console.ConsoleFixture.Browser;
import lyceum.console.http.Operation;
import lyceum.console.http.Parameter;
import lyceum.console.security.Role;
import lyceum.console.security.Sessions;
import lyceum.core.WebhookSignature;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What somebody with bad intentions tries first, and that it is refused. */
@Timeout(180)
class AttackTest {
  private static final int MEGABYTE = 1 << 20;

  @TempDir Path folder;
  private ConsoleFixture fixture;

  @BeforeEach
  void start() {
    fixture = new ConsoleFixture(folder);
    ConsoleFixture.roles().forEach(fixture::add);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  /** A path that fits the operation's parameters. */
  private static String path(Operation operation) {
    String path = operation.path();
    for (Parameter parameter : operation.parameters()) {
      if (parameter.in().equals("path")) {
        String value = parameter.name().equals("digest") ? "0".repeat(64) : "1";
        path = path.replace("{" + parameter.name() + "}", value);
      }
    }
    return "/api/v1" + path;
  }

  private static String body(Operation operation) {
    return operation.method().text().equals("GET") || operation.method().text().equals("DELETE")
        ? ""
        : "{}";
  }

  @Test
  void noToken_everyOperationThatIsNotOpen_isRefused() {
    for (Operation operation : fixture.console.operations()) {
      if (!operation.isOpen()) {
        assertThat(
                fixture
                    .send(operation.method().text(), path(operation), body(operation))
                    .statusCode())
            .as(operation.toString())
            .isEqualTo(401);
      }
    }
  }

  @Test
  void open_areOnlySigningInAndWhatLeadsThere() {
    assertThat(fixture.console.operations().stream().filter(Operation::isOpen).map(Operation::id))
        .containsExactlyInAnyOrder(
            "signIn",
            "getProviders",
            "getOpenApi",
            "getHealth",
            "getReadiness",
            // Its signature says who sends it.
            "takeWebhook");
  }

  @Test
  void wrongRole_everyVerb_isRefused_andTheRightOneIsNot() {
    for (Role role : ConsoleFixture.roles()) {
      String token = fixture.token(role);
      Set<Role> held = Role.closure(EnumSet.of(role));
      for (Operation operation : fixture.console.operations()) {
        Role needed = operation.role();
        if (needed == null) {
          continue;
        }
        int status =
            fixture
                .as(token, operation.method().text(), path(operation), body(operation))
                .statusCode();
        if (held.contains(needed)) {
          assertThat(status).as(role + " " + operation).isNotIn(401, 403, 500);
        } else {
          assertThat(status).as(role + " " + operation).isEqualTo(403);
        }
      }
    }
  }

  @Test
  void everyChange_needsARole_exceptThoseAboutOneself() {
    assertThat(
            fixture.console.operations().stream()
                .filter(Operation::isChange)
                .filter(operation -> operation.role() == null)
                .map(Operation::id))
        .containsExactlyInAnyOrder(
            "signIn",
            "signOut",
            "makeToken",
            "revokeToken",
            // Its signature says who sends it.
            "takeWebhook",
            // These change nothing.
            "validateRecipe",
            "planRecipe",
            "chat");
  }

  @Test
  void token_unknownExpiredRevokedOrOfADisabledUser_isRefused() {
    String token = fixture.token(Role.VIEWER);
    assertThat(fixture.as(token, "GET", "/api/v1/session", "").statusCode()).isEqualTo(200);
    assertThat(fixture.as("lyc_nothing", "GET", "/api/v1/session", "").statusCode()).isEqualTo(401);
    assertThat(fixture.as("", "GET", "/api/v1/session", "").statusCode()).isEqualTo(401);
    assertThat(
            fixture.send("GET", "/api/v1/session", "", "Authorization", "Basic YTpi").statusCode())
        .isEqualTo(401);
    String id = fixture.console.tokens().list(Optional.of("the-viewer")).getFirst().id();
    fixture.console.tokens().revoke(id);
    assertThat(fixture.as(token, "GET", "/api/v1/session", "").statusCode()).isEqualTo(401);

    String other = fixture.token(Role.VIEWER);
    fixture
        .console
        .users()
        .change("the-viewer", Optional.empty(), Optional.empty(), Optional.of(true));
    assertThat(fixture.as(other, "GET", "/api/v1/session", "").statusCode()).isEqualTo(401);

    String late = fixture.token(Role.RATER);
    fixture.clock.turn(Duration.ofMinutes(61));
    assertThat(fixture.as(late, "GET", "/api/v1/session", "").statusCode()).isEqualTo(401);
  }

  @Test
  void token_ofAnotherUser_cannotBeTakenBack_norSeen() {
    fixture.token(Role.ADMIN);
    String id = fixture.console.tokens().list(Optional.of("the-admin")).getFirst().id();
    String viewer = fixture.token(Role.VIEWER);
    assertThat(fixture.as(viewer, "DELETE", "/api/v1/tokens/" + id, "").statusCode())
        .isEqualTo(404);
    assertThat(fixture.as(viewer, "GET", "/api/v1/tokens", "").body()).doesNotContain("the-admin");
  }

  @Test
  void token_withMoreThanOnesOwnRoles_orMadeByAToken_isRefused() {
    Browser viewer = fixture.signIn("the-viewer");
    assertThat(
            fixture
                .browse(viewer, "POST", "/api/v1/tokens", "{\"name\":\"x\",\"roles\":[\"admin\"]}")
                .statusCode())
        .isEqualTo(403);
    assertThat(fixture.browse(viewer, "POST", "/api/v1/tokens", "{\"name\":\"x\"}").statusCode())
        .isEqualTo(201);
    assertThat(
            fixture
                .as(fixture.token(Role.ADMIN), "POST", "/api/v1/tokens", "{\"name\":\"x\"}")
                .statusCode())
        .isEqualTo(403);
  }

  @Test
  void token_isHashedAtRest() throws IOException {
    String token = fixture.token(Role.ADMIN);
    Browser browser = fixture.signIn("the-admin");
    fixture.console.close();
    for (Path file : Files.list(folder.resolve("console")).toList()) {
      String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      assertThat(bytes)
          .doesNotContain(token)
          .doesNotContain(browser.cookie().substring(browser.cookie().indexOf('=') + 1))
          .doesNotContain(ConsoleFixture.PASSWORD);
    }
  }

  @Test
  void csrf_changeFromABrowser_needsTheSessionsOwnToken() {
    Browser admin = fixture.signIn("the-admin");
    Browser other = fixture.signIn("the-operator");
    String body = "{\"name\":\"token of a browser\"}";
    assertThat(fixture.send("POST", "/api/v1/tokens", body, "Cookie", admin.cookie()).statusCode())
        .isEqualTo(403);
    for (String wrong : List.of("", "x", other.csrf())) {
      assertThat(
              fixture
                  .send(
                      "POST",
                      "/api/v1/tokens",
                      body,
                      "Cookie",
                      admin.cookie(),
                      "X-CSRF-Token",
                      wrong)
                  .statusCode())
          .isEqualTo(403);
    }
    assertThat(fixture.browse(admin, "POST", "/api/v1/tokens", body).statusCode()).isEqualTo(201);
  }

  @Test
  void csrf_pageOfAnotherSite_mayChangeNothing_notEvenSignIn() {
    Browser admin = fixture.signIn("the-admin");
    assertThat(
            fixture
                .send(
                    "POST",
                    "/api/v1/tokens",
                    "{\"name\":\"x\"}",
                    "Cookie",
                    admin.cookie(),
                    "X-CSRF-Token",
                    admin.csrf(),
                    "Origin",
                    "https://evil.example")
                .statusCode())
        .isEqualTo(403);
    assertThat(
            fixture
                .send(
                    "POST",
                    "/api/v1/session",
                    "{\"user\":\"the-admin\",\"password\":\"" + ConsoleFixture.PASSWORD + "\"}",
                    "Origin",
                    "null")
                .statusCode())
        .isEqualTo(403);
    // A form can send no JSON.
    assertThat(
            fixture
                .send(
                    "POST",
                    "/api/v1/session",
                    "{\"user\":\"the-admin\",\"password\":\"x\"}",
                    "Content-Type",
                    "text/plain")
                .statusCode())
        .isEqualTo(415);
  }

  @Test
  void sessionFixation_plantedCookie_isNotTheSessionAfterSigningIn() {
    String planted = "lyceum_session=planted";
    Browser signedIn = fixture.signIn("the-admin", "Cookie", planted);
    assertThat(signedIn.cookie()).isNotEqualTo(planted);
    assertThat(fixture.send("GET", "/api/v1/session", "", "Cookie", planted).statusCode())
        .isEqualTo(401);
  }

  @Test
  void session_isAnotherAfterEachSignIn_andTheOldOneEnds() {
    Browser first = fixture.signIn("the-admin");
    Browser second = fixture.signIn("the-admin", "Cookie", first.cookie());
    assertThat(second.cookie()).isNotEqualTo(first.cookie());
    assertThat(fixture.send("GET", "/api/v1/session", "", "Cookie", first.cookie()).statusCode())
        .isEqualTo(401);
    assertThat(fixture.browse(second, "DELETE", "/api/v1/session", "").statusCode()).isEqualTo(204);
    assertThat(fixture.send("GET", "/api/v1/session", "", "Cookie", second.cookie()).statusCode())
        .isEqualTo(401);
  }

  @Test
  void session_endsWhenIdle_andAfterAWeekInAnyCase() {
    Browser idle = fixture.signIn("the-admin");
    fixture.clock.turn(Sessions.IDLE.plusMinutes(1));
    assertThat(fixture.browse(idle, "GET", "/api/v1/session", "").statusCode()).isEqualTo(401);

    Browser busy = fixture.signIn("the-admin");
    int status = 200;
    Duration turned = Duration.ZERO;
    while (turned.compareTo(Sessions.LONGEST) < 0) {
      assertThat(status).isEqualTo(200);
      fixture.clock.turn(Duration.ofHours(7));
      turned = turned.plus(Duration.ofHours(7));
      status = fixture.browse(busy, "GET", "/api/v1/session", "").statusCode();
    }
    assertThat(status).isEqualTo(401);
  }

  @Test
  void cookie_isNotForScripts_norForOtherSites() {
    HttpResponse<String> response =
        fixture.send(
            "POST",
            "/api/v1/session",
            "{\"user\":\"the-admin\",\"password\":\"" + ConsoleFixture.PASSWORD + "\"}");
    assertThat(response.headers().firstValue("Set-Cookie").orElseThrow())
        .contains("HttpOnly")
        .contains("SameSite=Strict")
        .contains("Path=/");
  }

  @Test
  void login_guessing_isSlowedDown_forTheRightPasswordToo() {
    int status = 0;
    for (int i = 0; i < 11; i++) {
      status =
          fixture
              .send("POST", "/api/v1/session", "{\"user\":\"the-admin\",\"password\":\"guess\"}")
              .statusCode();
    }
    assertThat(status).isEqualTo(429);
    String right = "{\"user\":\"the-admin\",\"password\":\"" + ConsoleFixture.PASSWORD + "\"}";
    assertThat(fixture.send("POST", "/api/v1/session", right).statusCode()).isEqualTo(429);
    fixture.clock.turn(Duration.ofMinutes(16));
    assertThat(fixture.send("POST", "/api/v1/session", right).statusCode()).isEqualTo(200);
  }

  @Test
  void loginLink_worksOnce_andIsReadableByItsOwnerOnly() throws IOException {
    String token = fixture.link();
    Browser admin = fixture.signInByLink();
    assertThat(
            ConsoleFixture.json(fixture.browse(admin, "GET", "/api/v1/session", ""))
                .path("roles")
                .toString())
        .contains("admin");
    assertThat(
            fixture.send("POST", "/api/v1/session", "{\"token\":\"" + token + "\"}").statusCode())
        .isEqualTo(401);
    assertThat(fixture.link()).isNotEqualTo(token);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("console/login-token"))))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("console/console.db"))))
        .isEqualTo("rw-------");
  }

  @Test
  void lastAdmin_cannotBeLockedOut() {
    fixture.console.users().change("admin", Optional.empty(), Optional.empty(), Optional.of(true));
    String admin = fixture.token(Role.ADMIN);
    for (String change : List.of("{\"disabled\":true}", "{\"roles\":[\"viewer\"]}")) {
      assertThat(fixture.as(admin, "PATCH", "/api/v1/users/the-admin", change).statusCode())
          .isEqualTo(422);
    }
  }

  @Test
  void audit_tellsWhoDidWhatFromWhere_withoutSecrets_andKeepsItsRows() throws SQLException {
    String admin = fixture.token(Role.ADMIN);
    fixture.as(
        admin,
        "POST",
        "/api/v1/users",
        "{\"name\":\"grace\",\"password\":\"another password\",\"roles\":[\"rater\"]}");
    fixture.as(fixture.token(Role.VIEWER), "POST", "/api/v1/runs", "{\"recipe\":\"smoke\"}");
    JsonNode items =
        ConsoleFixture.json(fixture.as(admin, "GET", "/api/v1/audit", "")).path("items");
    assertThat(items.findValuesAsText("action")).containsExactly("startRun", "addUser");
    assertThat(items.path(0).path("user").asText()).isEqualTo("the-viewer");
    assertThat(items.path(0).path("outcome").asInt()).isEqualTo(403);
    assertThat(items.path(0).path("ip").asText()).contains("127.0.0.1");
    assertThat(items.path(1).path("outcome").asInt()).isEqualTo(201);
    assertThat(items.toString()).doesNotContain("another password");

    try (Connection connection =
        DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("console/console.db"))) {
      for (String change : List.of("delete from audit", "update audit set user_name = 'x'")) {
        assertThatThrownBy(() -> connection.createStatement().executeUpdate(change))
            .isInstanceOf(SQLException.class)
            .hasMessageContaining("append-only");
      }
    }
  }

  /** Sends a request line as it is; the JDK's client would tidy it up. */
  private String raw(String target, String host) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", fixture.console.address().getPort())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write(
              ("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      StringBuilder answer = new StringBuilder();
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      int length = 0;
      String line = reader.readLine();
      while (line != null && !line.isEmpty()) {
        if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(15).strip());
        }
        answer.append(line).append('\n');
        line = reader.readLine();
      }
      for (int read = 0; read < length; read++) {
        int character = reader.read();
        if (character < 0) {
          break;
        }
        answer.append((char) character);
        // Lengths are in bytes.
        read += Character.toString(character).getBytes(StandardCharsets.UTF_8).length - 1;
      }
      return answer.toString();
    }
  }

  @Test
  void pathTraversal_leadsNowhere() throws IOException {
    for (String target :
        List.of(
            "/../../../../../../etc/passwd",
            "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
            "/..%2f..%2f..%2fetc/passwd",
            "/lib/../../store/V1.sql",
            "/%2e%2e/store/V1.sql",
            "/..\\..\\etc\\passwd",
            "/....//....//etc/passwd")) {
      assertThat(raw(target, "127.0.0.1"))
          .as(target)
          .doesNotContain("root:")
          .doesNotContain("create table");
    }
    String viewer = fixture.token(Role.VIEWER);
    for (String name : List.of("..%2f..%2fetc%2fpasswd", "%2e%2e", "smoke.yaml", "x%00y")) {
      assertThat(fixture.as(viewer, "GET", "/api/v1/recipes/" + name, "").statusCode())
          .as(name)
          .isIn(400, 404);
    }
    String operator = fixture.token(Role.OPERATOR);
    for (String name : List.of("../recipes/smoke.yaml", "/etc/passwd", "smoke.yaml")) {
      HttpResponse<String> response =
          fixture.as(operator, "POST", "/api/v1/runs", "{\"recipe\":\"" + name + "\"}");
      assertThat(response.statusCode()).as(name).isEqualTo(400);
      assertThat(response.body()).contains("no name of a recipe");
    }
  }

  @Test
  void body_oversized_isRefused_withAndWithoutItsLength() throws Exception {
    String operator = fixture.token(Role.OPERATOR);
    byte[] large =
        ("{\"recipe\":\"" + "x".repeat(MEGABYTE) + "\"}").getBytes(StandardCharsets.UTF_8);
    for (HttpRequest.BodyPublisher publisher :
        List.of(
            HttpRequest.BodyPublishers.ofByteArray(large),
            HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)))) {
      HttpResponse<String> response =
          fixture.http.send(
              HttpRequest.newBuilder(fixture.uri("/api/v1/runs"))
                  .header("Authorization", "Bearer " + operator)
                  .header("Content-Type", "application/json")
                  .POST(publisher)
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(413);
    }
  }

  /** Nothing here is timed: where the server did not close, the test would not end. */
  @Test
  void slowClient_headerThatDrips_orBodyThatStops_isCut() throws Exception {
    fixture.close();
    fixture = new ConsoleFixture(folder, Map.of("LYCEUM_CONSOLE_PATIENCE", "1"));
    String head = "POST /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    try (Socket socket = connect(head + "X-Long: ")) {
      while (socket.getInputStream().available() == 0) {
        socket.getOutputStream().write('a');
        Thread.sleep(20);
      }
      assertThat(all(socket)).startsWith("HTTP/1.1 408 ");
    }
    String operator = fixture.token(Role.OPERATOR);
    try (Socket socket =
        connect(
            head
                + "Authorization: Bearer "
                + operator
                + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")) {
      assertThat(all(socket)).startsWith("HTTP/1.1 408 ");
    }
  }

  private Socket connect(String start) throws IOException {
    Socket socket = new Socket("127.0.0.1", fixture.uri("/").getPort());
    socket.getOutputStream().write(start.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static String all(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  @Test
  void webhook_withoutASignatureThatHolds_isRefused_whoeverIsSignedIn() {
    fixture.close();
    fixture = new ConsoleFixture(folder, Map.of("LYCEUM_TRIGGERS_SECRET", "32 random characters"));
    Browser admin = fixture.signIn("the-admin");
    Instant now = fixture.clock.instant();
    byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
    String guessed = WebhookSignature.of("guessed", now, body);
    String path = "/api/v1/webhooks/nightly";
    for (String signature :
        List.of(
            guessed, "t=1,v1=00", "v1=", "x".repeat(200), guessed.replaceFirst("t=\\d+", "t=1"))) {
      HttpResponse<String> response =
          fixture.send(
              "POST",
              path,
              "{}",
              "Cookie",
              admin.cookie(),
              "X-CSRF-Token",
              admin.csrf(),
              WebhookSignature.HEADER,
              signature,
              WebhookSignature.DELIVERY,
              "1");
      assertThat(response.statusCode()).as(signature).isEqualTo(403);
    }
    assertThat(fixture.send("POST", path, "{}", WebhookSignature.HEADER, guessed).statusCode())
        .isEqualTo(400);
    assertThat(fixture.send("POST", path, "{}", WebhookSignature.DELIVERY, "1").statusCode())
        .isEqualTo(400);
    assertThat(
            fixture
                .send(
                    "POST",
                    path,
                    "x".repeat(MEGABYTE + 1),
                    WebhookSignature.HEADER,
                    guessed,
                    WebhookSignature.DELIVERY,
                    "1")
                .statusCode())
        .isEqualTo(413);
  }

  @Test
  void webhook_whereTheInstallationHasNoSecret_isRefused() {
    byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
    assertThat(
            fixture
                .send(
                    "POST",
                    "/api/v1/webhooks/nightly",
                    "{}",
                    WebhookSignature.HEADER,
                    WebhookSignature.of("any", fixture.clock.instant(), body),
                    WebhookSignature.DELIVERY,
                    "1")
                .statusCode())
        .isEqualTo(422);
  }

  @Test
  void body_malformed_isRefused_neverAFailureInside() {
    String operator = fixture.token(Role.OPERATOR);
    for (String body :
        List.of(
            "{",
            "[]",
            "null",
            "\"x\"",
            "{\"recipe\":\"smoke\",\"recipe\":\"tiny\"}",
            "{\"recipe\":\"smoke\",\"extra\":1}",
            "{\"recipe\":\"a\\u0000b\"}",
            "{\"recipe\":7}",
            "{\"recipe\":\"smoke\",\"fresh\":\"yes\"}",
            "{\"recipe\":\"smoke\",\"set\":{\"a=b c\":1}}",
            "{\"recipe\":" + "[".repeat(5000) + "]".repeat(5000) + "}")) {
      HttpResponse<String> response = fixture.as(operator, "POST", "/api/v1/runs", body);
      assertThat(response.statusCode()).as(body).isEqualTo(400);
      assertThat(response.headers().firstValue("Content-Type"))
          .hasValue("application/problem+json");
    }
  }

  @Test
  void ssrf_sourcesOnThisMachineOrInsideTheNetwork_areRefused() {
    String operator = fixture.token(Role.OPERATOR);
    ObjectNode recipe =
        (ObjectNode)
            ConsoleFixture.json(fixture.as(operator, "GET", "/api/v1/recipes/smoke", ""))
                .path("recipe");
    for (String uri :
        List.of(
            "file:///etc/passwd",
            "file:../secrets",
            "https://127.0.0.1:8443/x",
            "https://localhost/x",
            "https://[::1]/x",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/x",
            "https://192.168.1.1/x",
            "https://2130706433/x",
            "https://[::ffff:127.0.0.1]/x",
            "s3://lyceum/artifacts/x")) {
      ((ObjectNode) recipe.path("corpus").path("sources").path(0)).put("uri", uri);
      for (String path :
          List.of("/api/v1/runs", "/api/v1/runs?dryRun=true", "/api/v1/recipes:plan")) {
        HttpResponse<String> response =
            fixture.as(operator, "POST", path, "{\"recipe\":" + recipe + "}");
        assertThat(response.statusCode()).as(uri + " " + path + response.body()).isEqualTo(400);
      }
      JsonNode checked =
          ConsoleFixture.json(
              fixture.as(
                  operator, "POST", "/api/v1/recipes:validate", "{\"recipe\":" + recipe + "}"));
      assertThat(checked.path("errors")).as(uri).isNotEmpty();
    }
  }

  @Test
  void xss_markupInWhatIsAsked_comesBackAsJsonThatNoBrowserRuns() {
    String viewer = fixture.token(Role.VIEWER);
    HttpResponse<String> response =
        fixture.as(viewer, "GET", "/api/v1/runs?state=%3Cscript%3Ealert(1)%3C/script%3E", "");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'");
    HttpResponse<String> page = fixture.send("GET", "/runs/%3Cscript%3E", "");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .doesNotContain("unsafe")
        .contains("frame-ancestors 'none'");
    assertThat(page.body()).doesNotContain("alert(1)");
  }

  @Test
  void host_ofAStranger_isRefused() throws IOException {
    assertThat(raw("/api/v1/healthz", "lyceum.example")).startsWith("HTTP/1.1 403");
    assertThat(raw("/api/v1/healthz", "127.0.0.1")).startsWith("HTTP/1.1 200");
  }

  @Test
  void method_thatIsNotThere_isToldWithThoseThatAre() {
    HttpResponse<String> response = fixture.send("PUT", "/api/v1/runs", "{}");
    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("Allow").orElseThrow()).contains("GET", "POST");
  }
}
