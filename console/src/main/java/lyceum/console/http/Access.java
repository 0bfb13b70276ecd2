package lyceum.console.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.SetCookie;
import io.helidon.webserver.http.ServerRequest;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import lyceum.console.security.Principal;
import lyceum.console.security.Role;
import lyceum.console.security.Sessions;
import lyceum.console.security.Tokens;
import org.jspecify.annotations.Nullable;

/** Finds out who asks, and whether they may. */
public final class Access {
  static final String COOKIE = "lyceum_session";
  static final String CSRF = "X-CSRF-Token";
  private static final String BEARER = "Bearer ";

  private final Sessions sessions;
  private final Tokens tokens;

  public Access(Sessions sessions, Tokens tokens) {
    this.sessions = sessions;
    this.tokens = tokens;
  }

  /**
   * Who asks; {@code null} for nobody.
   *
   * @throws Problem.Thrown 401 for a token that is none
   */
  @Nullable Principal who(ServerRequest request) {
    Optional<String> header = request.headers().first(HeaderNames.AUTHORIZATION);
    if (header.isPresent()) {
      String value = header.get();
      return Optional.of(value)
          .filter(text -> text.regionMatches(true, 0, BEARER, 0, BEARER.length()))
          .flatMap(text -> tokens.find(text.substring(BEARER.length()).strip()))
          .orElseThrow(
              () ->
                  Problem.thrown(
                      401,
                      "not_signed_in",
                      "The token is unknown, has ended or was taken back. Make another: POST /api/v1/tokens."));
    }
    return cookie(request).flatMap(sessions::find).orElse(null);
  }

  /** The session's cookie of a browser. */
  public static Optional<String> cookie(ServerRequest request) {
    return request.headers().cookies().first(COOKIE).asOptional().filter(text -> !text.isEmpty());
  }

  /**
   * @throws Problem.Thrown 401 or 403 when they may not
   */
  void require(Operation operation, ServerRequest request, @Nullable Principal principal) {
    if (operation.isChange()) {
      requireOwnOrigin(request);
    }
    if (operation.isOpen()) {
      return;
    }
    if (principal == null) {
      throw Problem.thrown(
          401,
          "not_signed_in",
          "Sign in (POST /api/v1/session), or send a token: Authorization: Bearer TOKEN.");
    }
    Principal.Session session = principal.session();
    if (operation.isChange() && session != null) {
      String given = request.headers().first(io.helidon.http.HeaderNames.create(CSRF)).orElse("");
      if (!session.isCsrf(given)) {
        throw Problem.thrown(
            403,
            "csrf",
            "A change from a browser needs the header " + CSRF + " with the session's csrfToken.");
      }
    }
    Role role = operation.role();
    if (role != null && !principal.may(role)) {
      throw Problem.thrown(
          403,
          "role_missing",
          principal.user()
              + " lacks the role "
              + role.word()
              + ", which this needs. An admin gives it: PATCH /api/v1/users/"
              + principal.user()
              + ".");
    }
  }

  /** A page elsewhere cannot hide where it comes from. */
  private static void requireOwnOrigin(ServerRequest request) {
    Optional<String> origin = request.headers().first(HeaderNames.ORIGIN);
    if (origin.isPresent() && !isOwn(origin.get(), request.authority())) {
      throw Problem.thrown(
          403, "foreign_origin", "A page of " + origin.get() + " may change nothing here.");
    }
  }

  private static boolean isOwn(String origin, String authority) {
    try {
      String own = URI.create(origin).getAuthority();
      return own != null && own.equalsIgnoreCase(authority);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The cookie of a session: not for scripts, not for other sites. */
  public static String cookie(String value, Duration life, boolean secure) {
    return SetCookie.builder(COOKIE, value)
        .path("/")
        .httpOnly(true)
        .secure(secure)
        .sameSite(SetCookie.SameSite.STRICT)
        .maxAge(life)
        .build()
        .text();
  }
}
