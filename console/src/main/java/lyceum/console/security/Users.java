package lyceum.console.security;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.console.store.Database;
import lyceum.core.LyceumException;

/** The people who may sign in. */
public final class Users {
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._@-]{0,99}";
  private static final String COLUMNS = "name, password_hash, roles, disabled, created_at";

  private final Database database;
  private final InstantSource clock;
  private final Passwords passwords = new Passwords();

  public Users(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * @param local whether there is a password; others sign in elsewhere or by a link
   */
  public record User(
      String name, Set<Role> roles, boolean local, boolean disabled, Instant created) {}

  private record Stored(User user, String hash) {}

  private static Stored stored(ResultSet row) throws SQLException {
    String hash = row.getString("password_hash");
    return new Stored(
        new User(
            row.getString("name"),
            Role.parse(row.getString("roles")),
            !hash.isEmpty(),
            row.getInt("disabled") != 0,
            Instant.ofEpochMilli(row.getLong("created_at"))),
        hash);
  }

  public List<User> list() {
    return database
        .query("select " + COLUMNS + " from app_user order by name", Users::stored)
        .stream()
        .map(Stored::user)
        .toList();
  }

  public Optional<User> find(String name) {
    return storedUser(name).map(Stored::user);
  }

  private Optional<Stored> storedUser(String name) {
    // What cannot be a name is not looked for: PostgreSQL refuses some characters in any text.
    return name.matches(NAME)
        ? database.first("select " + COLUMNS + " from app_user where name = ?", Users::stored, name)
        : Optional.empty();
  }

  /**
   * @param password empty for one who signs in elsewhere or by a link
   * @throws RequestFailure CONFLICT when there is a user of this name
   */
  public User add(String name, String password, Set<Role> roles) {
    if (!name.matches(NAME)) {
      throw LyceumException.user(
          "'" + name + "' is no user name: letters, digits and . _ @ - are, at most 100 of them.");
    }
    int added =
        database.update(
            "insert into app_user (" + COLUMNS + ") values (?, ?, ?, 0, ?) on conflict do nothing",
            name,
            password.isEmpty() ? "" : passwords.hash(password),
            Role.text(roles),
            clock.millis());
    if (added == 0) {
      throw new RequestFailure(Outcome.CONFLICT, "There is a user '" + name + "' already.");
    }
    return require(name);
  }

  /**
   * @throws RequestFailure NOT_FOUND when there is none
   */
  public User require(String name) {
    return find(name)
        .orElseThrow(
            () -> new RequestFailure(Outcome.NOT_FOUND, "There is no user '" + name + "'."));
  }

  /** Changes what is given; ends the user's sessions when password, roles or access change. */
  public User change(
      String name,
      Optional<String> password,
      Optional<Set<Role>> roles,
      Optional<Boolean> disabled) {
    Optional<String> hash = password.map(passwords::hash);
    database.transaction(
        connection -> {
          Stored before =
              Database.query(
                      connection,
                      "select " + COLUMNS + " from app_user where name = ?",
                      Users::stored,
                      name)
                  .stream()
                  .findFirst()
                  .orElseThrow(() -> notThere(name));
          Set<Role> rolesNow = roles.orElse(before.user().roles());
          boolean disabledNow = disabled.orElse(before.user().disabled());
          if (isAdmin(before.user())
              && (disabledNow || !rolesNow.contains(Role.ADMIN))
              && !anotherAdmin(connection, name)) {
            throw new RequestFailure(
                Outcome.REFUSED,
                "'" + name + "' is the last admin; give the role to another first.");
          }
          Database.execute(
              connection,
              "update app_user set password_hash = ?, roles = ?, disabled = ? where name = ?",
              hash.orElse(before.hash()),
              Role.text(rolesNow),
              disabledNow ? 1 : 0,
              name);
          return Database.execute(
              connection, "delete from login_session where user_name = ?", name);
        });
    return require(name);
  }

  private static boolean isAdmin(User user) {
    return user.roles().contains(Role.ADMIN) && !user.disabled();
  }

  private static boolean anotherAdmin(Connection connection, String name) throws SQLException {
    return Database.query(
            connection, "select " + COLUMNS + " from app_user where name <> ?", Users::stored, name)
        .stream()
        .anyMatch(stored -> isAdmin(stored.user()));
  }

  private static RequestFailure notThere(String name) {
    return new RequestFailure(Outcome.NOT_FOUND, "There is no user '" + name + "'.");
  }

  /** The user with this password; empty when there is none, also where the name is wrong. */
  public Optional<User> authenticate(String name, String password) {
    Optional<Stored> found =
        storedUser(name).filter(user -> !user.user().disabled() && user.user().local());
    if (found.isEmpty()) {
      passwords.matchNobody(password);
      return Optional.empty();
    }
    return passwords.matches(password, found.get().hash())
        ? Optional.of(found.get().user())
        : Optional.empty();
  }

  /** The user that another server's subject stands for; made at the first sign-in. */
  public User ofSubject(String issuer, String subject, String name, Set<Role> roles) {
    Optional<String> known =
        database.first(
            "select user_name from oidc_subject where issuer = ? and subject = ?",
            row -> row.getString(1),
            issuer,
            subject);
    if (known.isPresent()) {
      // Roles are kept where the groups are: at the issuer.
      database.update(
          "update app_user set roles = ? where name = ?", Role.text(roles), known.get());
      return require(known.get());
    }
    add(name, "", roles);
    database.update(
        "insert into oidc_subject (issuer, subject, user_name) values (?, ?, ?)",
        issuer,
        subject,
        name);
    return require(name);
  }
}
