package lyceum.airflow.coordinator;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A connection of Airflow.
 *
 * @param port 0 where none is given
 * @param extra the connection's JSON text, empty where none is given
 */
public record Connection(
    String id, String host, int port, String login, String password, String schema, String extra) {
  static Connection of(String id, Map<String, @Nullable Object> answer) {
    return new Connection(
        id,
        text(answer, "host"),
        answer.get("port") instanceof Long port ? port.intValue() : 0,
        text(answer, "login"),
        text(answer, "password"),
        text(answer, "schema"),
        text(answer, "extra"));
  }

  private static String text(Map<String, @Nullable Object> answer, String key) {
    return answer.get(key) instanceof String text ? text : "";
  }

  @Override
  public String toString() {
    return "Connection[" + id + ", " + host + ":" + port + "]";
  }
}
