package lyceum.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.token.DefaultOAuth2TokenCallback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Signing in at an OpenID Connect provider that runs on this machine. */
@Timeout(120)
class OidcTest {
  private static final String ISSUER = "people";

  @TempDir Path folder;
  private final MockOAuth2Server provider = new MockOAuth2Server();
  private final HttpClient browser =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private ConsoleFixture fixture;

  @BeforeEach
  void start() throws Exception {
    provider.start();
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    fixture =
        new ConsoleFixture(
            folder,
            Map.of(
                "LYCEUM_CONSOLE_PORT",
                Integer.toString(port),
                "LYCEUM_CONSOLE_URL",
                "http://127.0.0.1:" + port,
                "LYCEUM_CONSOLE_OIDC_ISSUER",
                provider.issuerUrl(ISSUER).toString(),
                "LYCEUM_CONSOLE_OIDC_CLIENT_SECRET",
                "secret"));
  }

  @AfterEach
  void stop() {
    fixture.close();
    provider.shutdown();
  }

  private void enqueue(List<String> roles) {
    provider.enqueueCallback(
        new DefaultOAuth2TokenCallback(
            ISSUER,
            "ada-subject",
            "JWT",
            List.of("lyceum"),
            Map.of("preferred_username", "ada", "lyceum_roles", roles),
            3600));
  }

  private HttpResponse<String> get(URI uri, String cookie) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    if (!cookie.isEmpty()) {
      request.header("Cookie", cookie);
    }
    return browser.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String cookie(HttpResponse<String> response, String name) {
    return response.headers().allValues("Set-Cookie").stream()
        .filter(cookie -> cookie.startsWith(name + "="))
        .map(cookie -> cookie.substring(0, cookie.indexOf(';')))
        .findFirst()
        .orElseThrow();
  }

  /** The address that the provider sends the browser back to. */
  private URI callback(HttpResponse<String> departure) throws Exception {
    URI authorize = URI.create(departure.headers().firstValue("Location").orElseThrow());
    return URI.create(get(authorize, "").headers().firstValue("Location").orElseThrow());
  }

  @Test
  void signIn_throughTheProvider_givesItsRoles() throws Exception {
    enqueue(List.of("operator"));
    HttpResponse<String> departure = get(fixture.uri("/login/oidc"), "");
    assertThat(departure.statusCode()).isEqualTo(302);
    HttpResponse<String> arrival = get(callback(departure), cookie(departure, "lyceum_login"));
    assertThat(arrival.statusCode()).as(arrival.body()).isEqualTo(200);
    JsonNode session =
        ConsoleFixture.json(
            fixture.send(
                "GET", "/api/v1/session", "", "Cookie", cookie(arrival, "lyceum_session")));
    assertThat(session.path("user").asText()).isEqualTo("ada");
    assertThat(session.path("roles").toString()).isEqualTo("[\"viewer\",\"operator\"]");
  }

  @Test
  void signIn_thatWasBegunInAnotherBrowser_isRefused() throws Exception {
    enqueue(List.of("operator"));
    HttpResponse<String> departure = get(fixture.uri("/login/oidc"), "");
    URI callback = callback(departure);
    assertThat(get(callback, "").statusCode()).isEqualTo(403);
    assertThat(get(callback, "lyceum_login=other").statusCode()).isEqualTo(403);
  }

  @Test
  void signIn_finishedTwice_isRefused() throws Exception {
    enqueue(List.of("viewer"));
    HttpResponse<String> departure = get(fixture.uri("/login/oidc"), "");
    URI callback = callback(departure);
    String cookie = cookie(departure, "lyceum_login");
    assertThat(get(callback, cookie).statusCode()).isEqualTo(200);
    assertThat(get(callback, cookie).statusCode()).isEqualTo(403);
  }

  @Test
  void signIn_withoutARole_isRefused() throws Exception {
    enqueue(List.of());
    HttpResponse<String> departure = get(fixture.uri("/login/oidc"), "");
    HttpResponse<String> arrival = get(callback(departure), cookie(departure, "lyceum_login"));
    assertThat(arrival.statusCode()).isEqualTo(403);
    assertThat(arrival.body()).contains("lyceum_roles");
  }
}
