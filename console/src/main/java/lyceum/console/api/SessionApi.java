package lyceum.console.api;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lyceum.console.http.Access;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.console.http.Problem;
import lyceum.console.security.LoginLimit;
import lyceum.console.security.LoginLink;
import lyceum.console.security.OidcLogin;
import lyceum.console.security.Principal;
import lyceum.console.security.Role;
import lyceum.console.security.Sessions;
import lyceum.console.security.Users;
import org.jspecify.annotations.Nullable;

/** Signing in and out. */
public final class SessionApi {
  private final Users users;
  private final Sessions sessions;
  private final LoginLimit limit;
  private final Optional<LoginLink> link;
  private final Optional<OidcLogin> oidc;
  private final boolean secure;

  /**
   * @param link of an installation of one person; empty where users are managed otherwise
   * @param secure whether browsers reach the console over TLS
   */
  public SessionApi(
      Users users,
      Sessions sessions,
      LoginLimit limit,
      Optional<LoginLink> link,
      Optional<OidcLogin> oidc,
      boolean secure) {
    this.users = users;
    this.sessions = sessions;
    this.limit = limit;
    this.link = link;
    this.oidc = oidc;
    this.secure = secure;
  }

  /**
   * @param token of a login link, instead of user and password
   */
  record Login(@Nullable String user, @Nullable String password, @Nullable String token) {}

  /**
   * @param csrfToken to be sent with every change; {@code null} for a program with a token
   */
  record SessionJson(String user, List<String> roles, @Nullable String csrfToken) {}

  record Oidc(String name, String loginUrl) {}

  record Providers(boolean local, @Nullable Oidc oidc) {}

  public List<Operation> operations() {
    return List.of(
        Operation.post("signIn", "/session", "Begin a session.")
            .open()
            .secret()
            .takes(Login.class)
            .answers(SessionJson.class)
            .does(this::signIn),
        Operation.get("getSession", "/session", "Who is signed in.")
            .answers(SessionJson.class)
            .does(call -> Answer.of(json(call.principal()))),
        Operation.delete("signOut", "/session", "End the session.").does(this::signOut),
        Operation.get("getProviders", "/session/providers", "How one can sign in.")
            .open()
            .answers(Providers.class)
            .does(
                call ->
                    Answer.of(
                        new Providers(
                            true,
                            oidc.map(login -> new Oidc(login.name(), "/login/oidc"))
                                .orElse(null)))));
  }

  private static SessionJson json(Principal principal) {
    Principal.Session session = principal.session();
    return json(principal.user(), principal.roles(), session == null ? null : session.csrf());
  }

  private static SessionJson json(String user, Set<Role> roles, @Nullable String csrf) {
    return new SessionJson(user, roles.stream().sorted().map(Role::word).toList(), csrf);
  }

  private Answer signIn(Call call) {
    Login login = call.body(Login.class);
    String name = login.user() == null ? "" : login.user();
    String byAddress = "address " + call.address();
    String byName = "user " + name;
    Duration wait = limit.wait(byAddress, byName);
    if (wait.isPositive()) {
      throw Problem.thrown(
          429,
          "too_many_attempts",
          "Too many attempts failed. Try again in " + (wait.toSeconds() + 1) + " seconds.");
    }
    String token = login.token();
    String password = login.password();
    Optional<Users.User> user =
        token != null ? byLink(token) : users.authenticate(name, password == null ? "" : password);
    if (user.isEmpty()) {
      limit.failed(byAddress, byName);
      throw Problem.thrown(
          401,
          "not_signed_in",
          token != null
              ? "The login link was used already or has ended; ./lyceum status prints a new one."
              : "The name or the password is wrong.");
    }
    limit.succeeded(byName);
    Sessions.Begun begun = sessions.begin(user.get().name(), call.sessionCookie());
    return Answer.of(json(user.get().name(), Role.closure(user.get().roles()), begun.csrf()))
        .with("Set-Cookie", Access.cookie(begun.cookie(), Sessions.LONGEST, secure));
  }

  private Optional<Users.User> byLink(String token) {
    return link.isPresent() && link.get().redeem(token)
        ? Optional.of(users.require(LoginLink.USER))
        : Optional.empty();
  }

  /** The cookie of a new session for somebody who has proved elsewhere who they are. */
  public String cookie(Users.User user, Optional<String> cookieBefore) {
    return Access.cookie(
        sessions.begin(user.name(), cookieBefore).cookie(), Sessions.LONGEST, secure);
  }

  private Answer signOut(Call call) {
    Principal.Session session = call.principal().session();
    if (session != null) {
      sessions.end(session);
    }
    return Answer.none().with("Set-Cookie", Access.cookie("", Duration.ZERO, secure));
  }
}
