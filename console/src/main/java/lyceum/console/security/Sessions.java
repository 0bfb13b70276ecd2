package lyceum.console.security;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import lyceum.console.store.Database;
import lyceum.core.Sha256;

/** Sessions of browsers; what is kept is a hash of the cookie. */
public final class Sessions {
  /** A session ends after so long without a request. */
  public static final Duration IDLE = Duration.ofHours(8);

  /** And after so long in any case. */
  public static final Duration LONGEST = Duration.ofDays(7);

  // Writing with every request would make readers wait for the disk.
  private static final Duration NOTICE = Duration.ofMinutes(1);

  private final Database database;
  private final InstantSource clock;
  private final Secrets secrets = new Secrets();

  public Sessions(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * A session just begun.
   *
   * @param cookie its value, told once
   */
  public record Begun(String cookie, String csrf) {}

  /**
   * Begins a session under a new id; the one that the browser came with ends, so that nobody who
   * planted it shares the new one.
   */
  public Begun begin(String user, Optional<String> cookieBefore) {
    String cookie = secrets.next();
    String csrf = secrets.next();
    long now = clock.millis();
    database.transaction(
        connection -> {
          if (cookieBefore.isPresent()) {
            Database.execute(
                connection,
                "delete from login_session where id_hash = ?",
                Sha256.of(cookieBefore.get()));
          }
          Database.execute(
              connection,
              "delete from login_session where created_at < ? or seen_at < ?",
              now - LONGEST.toMillis(),
              now - IDLE.toMillis());
          return Database.execute(
              connection,
              "insert into login_session (id_hash, user_name, csrf, created_at, seen_at) values (?, ?, ?, ?, ?)",
              Sha256.of(cookie),
              user,
              csrf,
              now,
              now);
        });
    return new Begun(cookie, csrf);
  }

  private record Found(String user, String roles, String csrf, long seen) {}

  /** Who the cookie stands for; empty when it ended or never was. */
  public Optional<Principal> find(String cookie) {
    String hash = Sha256.of(cookie);
    long now = clock.millis();
    Optional<Found> found =
        database.first(
            "select s.user_name, u.roles, s.csrf, s.seen_at from login_session s join app_user u on u.name = s.user_name"
                + " where s.id_hash = ? and s.created_at > ? and s.seen_at > ? and u.disabled = 0",
            row -> new Found(row.getString(1), row.getString(2), row.getString(3), row.getLong(4)),
            hash,
            now - LONGEST.toMillis(),
            now - IDLE.toMillis());
    found
        .filter(session -> now - session.seen() > NOTICE.toMillis())
        .ifPresent(
            session ->
                database.update(
                    "update login_session set seen_at = ? where id_hash = ?", now, hash));
    return found.map(
        session ->
            new Principal(
                session.user(),
                Role.closure(Role.parse(session.roles())),
                "session",
                new Principal.Session(hash, session.csrf())));
  }

  public void end(Principal.Session session) {
    database.update("delete from login_session where id_hash = ?", session.idHash());
  }
}
