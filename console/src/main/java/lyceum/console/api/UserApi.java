package lyceum.console.api;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.console.http.Problem;
import lyceum.console.security.AuditLog;
import lyceum.console.security.Role;
import lyceum.console.security.Tokens;
import lyceum.console.security.Users;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/** Users, tokens and the audit log. */
public final class UserApi {
  private static final Duration TOKEN_LIFE = Duration.ofDays(30);

  private final Users users;
  private final Tokens tokens;
  private final AuditLog audit;

  public UserApi(Users users, Tokens tokens, AuditLog audit) {
    this.users = users;
    this.tokens = tokens;
    this.audit = audit;
  }

  record UserJson(
      String name, List<String> roles, boolean local, boolean disabled, Instant created) {
    static UserJson of(Users.User user) {
      return new UserJson(
          user.name(), words(user.roles()), user.local(), user.disabled(), user.created());
    }
  }

  record UserList(List<UserJson> items) {}

  record NewUser(String name, String password, List<String> roles) {}

  record UserChange(
      @Nullable String password, @Nullable List<String> roles, @Nullable Boolean disabled) {}

  record TokenJson(
      String id,
      String name,
      String user,
      List<String> roles,
      Instant created,
      Instant expires,
      @Nullable Instant revoked) {
    static TokenJson of(Tokens.Token token) {
      return new TokenJson(
          token.id(),
          token.name(),
          token.user(),
          words(token.roles()),
          token.created(),
          token.expires(),
          token.revoked());
    }
  }

  record TokenList(List<TokenJson> items) {}

  /**
   * @param roles at most one's own; all of them where they are left out
   * @param seconds how long it lives; 30 days where it is left out
   */
  record NewToken(String name, @Nullable List<String> roles, @Nullable Long seconds) {}

  /**
   * @param token the secret, told once
   */
  record MadeToken(String id, String token, Instant expires) {}

  record AuditJson(
      String id,
      Instant time,
      String user,
      String via,
      String action,
      String target,
      int outcome,
      String detail,
      String ip) {
    static AuditJson of(AuditLog.Entry entry) {
      return new AuditJson(
          entry.id(),
          entry.at(),
          entry.user(),
          entry.via(),
          entry.operation(),
          entry.target(),
          entry.status(),
          entry.detail(),
          entry.address());
    }
  }

  record AuditPage(List<AuditJson> items, String nextPageToken) {}

  public List<Operation> operations() {
    return List.of(
        Operation.get("listUsers", "/users", "Who may sign in.")
            .role(Role.ADMIN)
            .answers(UserList.class)
            .does(
                call -> Answer.of(new UserList(users.list().stream().map(UserJson::of).toList()))),
        Operation.post("addUser", "/users", "Let somebody sign in with a password.")
            .role(Role.ADMIN)
            .secret()
            .takes(NewUser.class)
            .answers(201, UserJson.class)
            .does(this::addUser),
        Operation.patch("changeUser", "/users/{name}", "Change password, roles or access.")
            .role(Role.ADMIN)
            .secret()
            .path("name", Names.USER, "A user.")
            .takes(UserChange.class)
            .answers(UserJson.class)
            .does(this::changeUser),
        Operation.get("listTokens", "/tokens", "One's own tokens; an admin sees all.")
            .answers(TokenList.class)
            .does(
                call ->
                    Answer.of(
                        new TokenList(
                            tokens
                                .list(call.isAdmin() ? Optional.empty() : Optional.of(call.user()))
                                .stream()
                                .map(TokenJson::of)
                                .toList()))),
        Operation.post("makeToken", "/tokens", "Make a token for a program.")
            .secret()
            .takes(NewToken.class)
            .answers(201, MadeToken.class)
            .does(this::makeToken),
        Operation.delete("revokeToken", "/tokens/{id}", "Take a token back.")
            .path("id", "[A-Za-z0-9_-]{1,40}", "Id of a token.")
            .does(this::revokeToken),
        Operation.get("listAudit", "/audit", "Changes that were asked for; the newest first.")
            .role(Role.ADMIN)
            .paged(200)
            .answers(AuditPage.class)
            .does(this::audit));
  }

  private static List<String> words(Set<Role> roles) {
    return roles.stream().sorted().map(Role::word).toList();
  }

  private static Set<Role> roles(List<String> words) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    words.forEach(word -> roles.add(Role.of(word)));
    return roles;
  }

  private Answer addUser(Call call) {
    NewUser user = call.body(NewUser.class);
    if (user.password().isEmpty()) {
      throw LyceumException.user("A user who is added here needs a password.");
    }
    return Answer.of(
        201, UserJson.of(users.add(user.name(), user.password(), roles(user.roles()))));
  }

  private Answer changeUser(Call call) {
    UserChange change = call.body(UserChange.class);
    return Answer.of(
        UserJson.of(
            users.change(
                call.path("name"),
                Optional.ofNullable(change.password()),
                Optional.ofNullable(change.roles()).map(UserApi::roles),
                Optional.ofNullable(change.disabled()))));
  }

  private Answer makeToken(Call call) {
    NewToken request = call.body(NewToken.class);
    Set<Role> own = call.principal().roles();
    Set<Role> asked = request.roles() == null ? own : roles(request.roles());
    if (!own.containsAll(asked)) {
      throw Problem.thrown(
          403, "role_missing", "A token has at most one's own roles: " + words(own) + ".");
    }
    // A token that could make tokens would outlive its own end.
    if (call.principal().session() == null) {
      throw Problem.thrown(
          403, "session_needed", "Tokens are made by people who are signed in, not by tokens.");
    }
    Tokens.Made made =
        tokens.make(
            call.user(),
            request.name(),
            asked,
            request.seconds() == null ? TOKEN_LIFE : Duration.ofSeconds(request.seconds()));
    return Answer.of(201, new MadeToken(made.token().id(), made.secret(), made.token().expires()));
  }

  private Answer revokeToken(Call call) {
    Tokens.Token token = tokens.require(call.path("id"));
    if (!call.isAdmin() && !token.user().equals(call.user())) {
      throw Problem.thrown(404, "not_found", "There is no token '" + token.id() + "'.");
    }
    tokens.revoke(token.id());
    return Answer.none();
  }

  private Answer audit(Call call) {
    int size = call.integer("pageSize", 50);
    List<AuditLog.Entry> entries = audit.list(size, call.query("pageToken").orElse(""));
    return Answer.of(
        new AuditPage(
            entries.stream().map(AuditJson::of).toList(),
            entries.size() < size ? "" : entries.getLast().id()));
  }
}
