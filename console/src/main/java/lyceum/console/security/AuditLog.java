package lyceum.console.security;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import lyceum.console.store.Database;

/** Every change that was asked for: who, what, when, from where, and how it ended. Rows stay. */
public final class AuditLog {
  private final Database database;
  private final InstantSource clock;
  private final AtomicLong counter = new AtomicLong();
  private final String instance = new Secrets().next().substring(0, 8);

  public AuditLog(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * @param id also the order in which entries were made
   * @param via {@code session}, {@code token ID}, or {@code none} where nobody was signed in
   * @param address the request came from
   * @param operation of the API
   * @param target its path
   * @param status of the answer
   * @param detail what the request said; never a secret
   */
  public record Entry(
      String id,
      Instant at,
      String user,
      String via,
      String address,
      String operation,
      String target,
      int status,
      String detail) {}

  public void add(
      String user,
      String via,
      String address,
      String operation,
      String target,
      int status,
      String detail) {
    long now = clock.millis();
    database.update(
        "insert into audit (id, at, user_name, via, address, operation, target, status, detail) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        String.format(Locale.ROOT, "%013d-%s-%06d", now, instance, counter.incrementAndGet()),
        now,
        user,
        via,
        address,
        operation,
        target,
        status,
        detail);
  }

  /**
   * The newest entries first.
   *
   * @param before id of the last entry on the page before; empty for the first page
   */
  public List<Entry> list(int limit, String before) {
    return database.query(
        "select id, at, user_name, via, address, operation, target, status, detail from audit"
            + " where (? = '' or id < ?) order by id desc limit ?",
        row ->
            new Entry(
                row.getString(1),
                Instant.ofEpochMilli(row.getLong(2)),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getInt(8),
                row.getString(9)),
        before,
        before,
        limit);
  }
}
