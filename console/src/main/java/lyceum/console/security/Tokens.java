package lyceum.console.security;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.console.store.Database;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import org.jspecify.annotations.Nullable;

/** API tokens of programs: hashed at rest, with an end, and taken back at any time. */
public final class Tokens {
  private static final String PREFIX = "lyc_";
  private static final Duration LONGEST = Duration.ofDays(366);
  private static final String COLUMNS =
      "id, user_name, name, roles, created_at, expires_at, revoked_at";

  private final Database database;
  private final InstantSource clock;
  private final Secrets secrets = new Secrets();

  public Tokens(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /** A token without its secret. */
  public record Token(
      String id,
      String user,
      String name,
      Set<Role> roles,
      Instant created,
      Instant expires,
      @Nullable Instant revoked) {}

  /**
   * A token just made.
   *
   * @param secret told once
   */
  public record Made(Token token, String secret) {}

  private static Token token(ResultSet row) throws SQLException {
    long revoked = row.getLong("revoked_at");
    return new Token(
        row.getString("id"),
        row.getString("user_name"),
        row.getString("name"),
        Role.parse(row.getString("roles")),
        Instant.ofEpochMilli(row.getLong("created_at")),
        Instant.ofEpochMilli(row.getLong("expires_at")),
        revoked == 0 ? null : Instant.ofEpochMilli(revoked));
  }

  /**
   * @param roles at most those that its user has when it is used
   */
  public Made make(String user, String name, Set<Role> roles, Duration life) {
    if (life.compareTo(Duration.ofMinutes(1)) < 0 || life.compareTo(LONGEST) > 0) {
      throw LyceumException.user(
          "A token lives between a minute and "
              + LONGEST.toDays()
              + " days; asked for were "
              + life.toSeconds()
              + " seconds.");
    }
    if (name.isBlank() || name.length() > 100 || name.matches("(?s).*\\p{Cntrl}.*")) {
      throw LyceumException.user(
          "A token needs a name of at most 100 characters, none of them a control character.");
    }
    String secret = PREFIX + secrets.next();
    String id = secrets.next().substring(0, 16);
    long now = clock.millis();
    database.update(
        "insert into api_token (id, token_hash, user_name, name, roles, created_at, expires_at,"
            + " revoked_at) values (?, ?, ?, ?, ?, ?, ?, 0)",
        id,
        Sha256.of(secret),
        user,
        name,
        Role.text(roles),
        now,
        now + life.toMillis());
    return new Made(require(id), secret);
  }

  /** Tokens of a user, or of all where none is named; the newest first. */
  public List<Token> list(Optional<String> user) {
    return user.isPresent()
        ? database.query(
            "select " + COLUMNS + " from api_token where user_name = ? order by created_at desc",
            Tokens::token,
            user.get())
        : database.query(
            "select " + COLUMNS + " from api_token order by created_at desc", Tokens::token);
  }

  /**
   * @throws RequestFailure NOT_FOUND when there is none
   */
  public Token require(String id) {
    return database
        .first("select " + COLUMNS + " from api_token where id = ?", Tokens::token, id)
        .orElseThrow(
            () -> new RequestFailure(Outcome.NOT_FOUND, "There is no token '" + id + "'."));
  }

  public void revoke(String id) {
    database.update(
        "update api_token set revoked_at = ? where id = ? and revoked_at = 0", clock.millis(), id);
  }

  private record Holder(String id, String user, Set<Role> roles) {}

  /** Who holds the token; empty when it ended, was taken back or never was. */
  public Optional<Principal> find(String secret) {
    if (!secret.startsWith(PREFIX)) {
      return Optional.empty();
    }
    return database
        .first(
            "select t.id, t.user_name, t.roles, u.roles from api_token t join app_user u on u.name"
                + " = t.user_name where t.token_hash = ? and t.revoked_at = 0 and t.expires_at > ?"
                + " and u.disabled = 0",
            row -> {
              Set<Role> roles = Role.closure(Role.parse(row.getString(3)));
              roles.retainAll(Role.closure(Role.parse(row.getString(4))));
              return new Holder(row.getString(1), row.getString(2), roles);
            },
            Sha256.of(secret),
            clock.millis())
        .map(holder -> new Principal(holder.user(), holder.roles(), "token " + holder.id(), null));
  }
}
