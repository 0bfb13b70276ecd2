package lyceum.console.http;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import lyceum.console.store.Database;

/** Answers to requests with an idempotency key, for the day on which they may be sent again. */
public final class KeptAnswers {
  private static final Duration KEPT = Duration.ofDays(1);

  private final Database database;
  private final InstantSource clock;

  public KeptAnswers(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * @param requestHash of operation, path and body
   */
  record Kept(String requestHash, int status, String location, String body) {}

  Optional<Kept> find(String user, String key) {
    return database.first(
        "select request_hash, status, location, body from kept_answer"
            + " where user_name = ? and idempotency_key = ? and created_at > ?",
        row -> new Kept(row.getString(1), row.getInt(2), row.getString(3), row.getString(4)),
        user,
        key,
        clock.millis() - KEPT.toMillis());
  }

  void keep(String user, String key, Kept kept) {
    database.transaction(
        connection -> {
          Database.execute(
              connection,
              "delete from kept_answer where created_at <= ?",
              clock.millis() - KEPT.toMillis());
          return Database.execute(
              connection,
              "insert into kept_answer (user_name, idempotency_key, request_hash, status, location,"
                  + " body, created_at) values (?, ?, ?, ?, ?, ?, ?) on conflict (user_name,"
                  + " idempotency_key) do update set request_hash = excluded.request_hash, status ="
                  + " excluded.status, location = excluded.location, body = excluded.body,"
                  + " created_at = excluded.created_at",
              user,
              key,
              kept.requestHash(),
              kept.status(),
              kept.location(),
              kept.body(),
              clock.millis());
        });
  }
}
