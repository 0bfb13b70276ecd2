package lyceum.console.http;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an operation answers.
 *
 * @param body written as JSON; {@code null} for none
 */
public record Answer(int status, @Nullable Object body, Map<String, String> headers) {
  public Answer {
    headers = Map.copyOf(headers);
  }

  public static Answer of(Object body) {
    return new Answer(200, body, Map.of());
  }

  public static Answer of(int status, Object body) {
    return new Answer(status, body, Map.of());
  }

  public static Answer none() {
    return new Answer(204, null, Map.of());
  }

  public Answer with(String header, String value) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put(header, value);
    return new Answer(status, body, all);
  }
}
