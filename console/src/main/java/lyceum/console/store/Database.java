package lyceum.console.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * The tables in SQLite or PostgreSQL, brought to today's form when they are opened. Every call is a
 * transaction of its own, and transactions are as if they ran one after the other: SQLite has one
 * writer, PostgreSQL tells of those that clashed, which are run again.
 */
public final class Database implements AutoCloseable {
  private static final String SQLITE = "jdbc:sqlite:";
  private static final String POSTGRES = "jdbc:postgresql:";
  private static final int VERSIONS = 1;

  /** Consoles of one database bring its tables to today's form in turn. */
  private static final long MIGRATION_LOCK = 0x6c796365756dL;

  // What PostgreSQL says where transactions would have had to run one after the other.
  private static final Set<String> CLASHES = Set.of("40001", "40P01");
  private static final int TRIES = 20;
  private static final long LONGEST_PAUSE_NANOS = 100_000_000;

  private final HikariDataSource pool;
  private final String dialect;

  private Database(HikariDataSource pool, String dialect) {
    this.pool = pool;
    this.dialect = dialect;
  }

  /** A row as a value. */
  public interface Row<T> {
    T of(ResultSet row) throws SQLException;
  }

  /** Several statements of one transaction. */
  public interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** The tables in this SQLite file, which only its owner may read. */
  public static Database file(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
    } catch (IOException e) {
      throw LyceumException.resource("Cannot make the console's database " + file + ": " + e, e);
    }
    return open(SQLITE + file, "", "");
  }

  /**
   * @param url {@code jdbc:sqlite:FILE} or {@code jdbc:postgresql://HOST/DATABASE}
   */
  public static Database open(String url, String user, String password) {
    boolean sqlite = url.startsWith(SQLITE);
    if (!sqlite && !url.startsWith(POSTGRES)) {
      throw LyceumException.user(
          "The console's database '"
              + url
              + "' is neither jdbc:sqlite:FILE nor jdbc:postgresql://HOST/DATABASE.");
    }
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setPoolName("console");
    config.setAutoCommit(false);
    if (!user.isEmpty()) {
      config.setUsername(user);
      config.setPassword(password);
    }
    // SQLite has one writer at a time; who waits for it in the pool is served in turn.
    config.setMaximumPoolSize(sqlite ? 1 : 8);
    if (sqlite) {
      config.addDataSourceProperty("journal_mode", "WAL");
      config.addDataSourceProperty("foreign_keys", "true");
      config.addDataSourceProperty("busy_timeout", "5000");
    } else {
      config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
    }
    HikariDataSource pool;
    try {
      pool = new HikariDataSource(config);
    } catch (RuntimeException e) {
      throw LyceumException.external(
          "The console's database " + url + " cannot be opened: " + e, e);
    }
    Database database = new Database(pool, sqlite ? "sqlite" : "postgres");
    try {
      database.migrate();
      return database;
    } catch (RuntimeException e) {
      pool.close();
      throw e;
    }
  }

  private void migrate() {
    transaction(
        connection -> {
          if (dialect.equals("postgres")) {
            // Who waited for the lock must see what was done meanwhile, not how it was before.
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            query(connection, "select pg_advisory_xact_lock(?)", row -> true, MIGRATION_LOCK);
          }
          execute(
              connection,
              "create table if not exists schema_version (version integer primary key)");
          int version =
              query(
                      connection,
                      "select coalesce(max(version), 0) from schema_version",
                      row -> row.getInt(1))
                  .getFirst();
          if (version > VERSIONS) {
            throw LyceumException.user(
                "The console's database has form "
                    + version
                    + "; this console knows "
                    + VERSIONS
                    + ". Start the newer one.");
          }
          for (int next = version + 1; next <= VERSIONS; next++) {
            for (String statement : script("V" + next + ".sql")) {
              execute(connection, statement);
            }
            for (String statement : script("V" + next + "-" + dialect + ".sql")) {
              execute(connection, statement);
            }
            execute(connection, "insert into schema_version (version) values (?)", next);
          }
          return version;
        });
  }

  /** The statements of a script, which stand apart by empty lines. */
  private static List<String> script(String name) {
    try (InputStream in = Objects.requireNonNull(Database.class.getResourceAsStream(name), name)) {
      return List.of(
          new String(in.readAllBytes(), StandardCharsets.UTF_8).strip().split("\n\\s*\n"));
    } catch (IOException e) {
      throw LyceumException.internal("Cannot read the console's own " + name + ".", e);
    }
  }

  /**
   * Runs the work; undone as a whole when it throws, and run again where it clashed with another.
   */
  public <T> T transaction(Work<T> work) {
    for (int tried = 1; ; tried++) {
      try (Connection connection = pool.getConnection()) {
        try {
          T result = work.run(connection);
          connection.commit();
          return result;
        } catch (SQLException | RuntimeException e) {
          connection.rollback();
          throw e;
        }
      } catch (SQLException e) {
        if (!CLASHES.contains(Objects.toString(e.getSQLState(), "")) || tried == TRIES) {
          throw LyceumException.external("The console's database failed: " + e.getMessage(), e);
        }
        // Two that began again at the same moment would clash again.
        LockSupport.parkNanos(
            ThreadLocalRandom.current().nextLong(LONGEST_PAUSE_NANOS * tried / TRIES));
      }
    }
  }

  public <T> List<T> query(String sql, Row<T> row, @Nullable Object... values) {
    return transaction(connection -> query(connection, sql, row, values));
  }

  public <T> Optional<T> first(String sql, Row<T> row, @Nullable Object... values) {
    return query(sql, row, values).stream().findFirst();
  }

  /** Returns how many rows were changed. */
  public int update(String sql, @Nullable Object... values) {
    return transaction(connection -> execute(connection, sql, values));
  }

  public static <T> List<T> query(
      Connection connection, String sql, Row<T> row, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = prepared(connection, sql, values);
        ResultSet rows = statement.executeQuery()) {
      List<T> found = new ArrayList<>();
      while (rows.next()) {
        found.add(row.of(rows));
      }
      return found;
    }
  }

  public static int execute(Connection connection, String sql, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = prepared(connection, sql, values)) {
      statement.execute();
      return statement.getUpdateCount();
    }
  }

  private static PreparedStatement prepared(
      Connection connection, String sql, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  @Override
  public void close() {
    pool.close();
  }
}
