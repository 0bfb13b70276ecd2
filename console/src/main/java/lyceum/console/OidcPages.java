package lyceum.console;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.SetCookie;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.time.Duration;
import lyceum.application.outcome.RequestFailure;
import lyceum.console.api.SessionApi;
import lyceum.console.http.Access;
import lyceum.console.http.Api;
import lyceum.console.http.Problem;
import lyceum.console.security.OidcLogin;
import lyceum.core.LyceumException;

/** The two addresses that a browser passes on its way to a login provider and back. */
final class OidcPages implements HttpService {
  private static final String COOKIE = "lyceum_login";
  private static final Duration LOGIN = Duration.ofMinutes(10);

  // Coming from the provider, the browser would not send a strict cookie along with a redirect; a
  // page of our own that goes on makes the next request one of this site.
  private static final String GO_ON =
      "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url=/\">"
          + "<title>Lyceum</title><a href=\"/\">Go on</a>";

  private final OidcLogin oidc;
  private final SessionApi sessions;
  private final boolean secure;

  OidcPages(OidcLogin oidc, SessionApi sessions, boolean secure) {
    this.oidc = oidc;
    this.sessions = sessions;
    this.secure = secure;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/", this::begin).get("/callback", this::finish);
  }

  private void begin(ServerRequest request, ServerResponse response) {
    try {
      OidcLogin.Departure departure = oidc.begin();
      response.header(
          HeaderValues.create(HeaderNames.SET_COOKIE, cookie(departure.state(), LOGIN)));
      response.header(HeaderValues.create(HeaderNames.LOCATION, departure.address().toString()));
      response.status(Status.FOUND_302).send();
    } catch (LyceumException e) {
      Api.send(response, Problem.of(503, "unavailable", String.valueOf(e.getMessage())));
    }
  }

  private void finish(ServerRequest request, ServerResponse response) {
    String state = request.headers().cookies().first(COOKIE).orElse("");
    URI callback = URI.create("http://callback/?" + request.query().rawValue());
    try {
      String session = sessions.cookie(oidc.finish(callback, state), Access.cookie(request));
      response.headers().add(HeaderValues.create(HeaderNames.SET_COOKIE, session));
      response
          .headers()
          .add(HeaderValues.create(HeaderNames.SET_COOKIE, cookie("", Duration.ZERO)));
      response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "text/html; charset=utf-8"));
      response.send(GO_ON);
    } catch (RequestFailure e) {
      Api.send(response, Problem.of(403, "login_refused", String.valueOf(e.getMessage())));
    } catch (LyceumException e) {
      Api.send(response, Problem.of(503, "unavailable", String.valueOf(e.getMessage())));
    }
  }

  private String cookie(String value, Duration life) {
    return SetCookie.builder(COOKIE, value)
        .path("/login/oidc")
        .httpOnly(true)
        .secure(secure)
        .sameSite(SetCookie.SameSite.LAX)
        .maxAge(life)
        .build()
        .text();
  }
}
