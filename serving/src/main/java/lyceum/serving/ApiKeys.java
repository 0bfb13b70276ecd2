package lyceum.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import lyceum.core.LyceumException;

/** Who may ask and how much. Without keys everybody may, as one client without limits. */
final class ApiKeys {
  /**
   * A key and its limits.
   *
   * @param name what logs and metrics call its holder
   * @param requestsPerMinute 0: no limit
   * @param tokensPerMinute of prompts and answers; 0: no limit
   * @param concurrent requests at a time; 0: no limit
   */
  record Key(
      String name, byte[] secret, int requestsPerMinute, int tokensPerMinute, int concurrent) {}

  /** A holder's use of its limits. */
  static final class Client {
    private static final double MINUTE = 60e9;

    private final Key key;
    private final LongSupplier nanos;
    private double requests;
    private double tokens;
    private int present;
    private long refilled;

    Client(Key key, LongSupplier nanos) {
      this.key = key;
      this.nanos = nanos;
      this.requests = key.requestsPerMinute;
      this.tokens = key.tokensPerMinute;
      this.refilled = nanos.getAsLong();
    }

    String name() {
      return key.name;
    }

    /**
     * Counts a request in.
     *
     * @throws ApiException 429 with the seconds after which it may be tried again
     */
    synchronized void enter() {
      refill();
      if (key.concurrent > 0 && present >= key.concurrent) {
        throw ApiException.tooMany(
            "rate_limit_exceeded",
            "This key may have " + key.concurrent + " requests at a time.",
            1);
      }
      if (key.requestsPerMinute > 0 && requests < 1) {
        throw ApiException.tooMany(
            "rate_limit_exceeded",
            "This key may send " + key.requestsPerMinute + " requests a minute.",
            seconds((1 - requests) / key.requestsPerMinute));
      }
      if (key.tokensPerMinute > 0 && tokens <= 0) {
        throw ApiException.tooMany(
            "rate_limit_exceeded",
            "This key may use " + key.tokensPerMinute + " tokens a minute.",
            seconds((1 - tokens) / key.tokensPerMinute));
      }
      requests--;
      present++;
    }

    /** Counts it out, with the tokens it used. */
    synchronized void leave(long used) {
      present--;
      tokens -= used;
    }

    private void refill() {
      long now = nanos.getAsLong();
      double minutes = (now - refilled) / MINUTE;
      refilled = now;
      requests = Math.min(key.requestsPerMinute, requests + minutes * key.requestsPerMinute);
      tokens = Math.min(key.tokensPerMinute, tokens + minutes * key.tokensPerMinute);
    }

    private static long seconds(double minutes) {
      return Math.max(1, (long) Math.ceil(minutes * 60));
    }
  }

  private final List<Client> clients;
  private final boolean open;

  private ApiKeys(List<Key> keys, LongSupplier nanos) {
    this.open = keys.isEmpty();
    this.clients =
        (open ? List.of(new Key("anyone", new byte[0], 0, 0, 0)) : keys)
            .stream().map(key -> new Client(key, nanos)).toList();
  }

  static ApiKeys of(List<Key> keys, LongSupplier nanos) {
    return new ApiKeys(List.copyOf(keys), nanos);
  }

  /** Clients there may be. */
  int count() {
    return clients.size();
  }

  /**
   * Reads a file: a JSON list of {@code {"key", "name", "requests_per_minute", "tokens_per_minute",
   * "concurrent"}}, the limits optional.
   *
   * @throws LyceumException USER when it is not such a file
   */
  static List<Key> read(Path file) {
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(Files.readAllBytes(file));
    } catch (IOException e) {
      throw LyceumException.user("The keys in " + file + " cannot be read: " + e + ".", e);
    }
    if (json == null || !json.isArray() || json.isEmpty()) {
      throw LyceumException.user("The file " + file + " must be a JSON list of keys, not empty.");
    }
    List<Key> keys = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (JsonNode entry : json) {
      String secret = entry.path("key").asText();
      String name = entry.path("name").asText();
      if (secret.length() < 8 || name.isBlank() || !seen.add(name) || !seen.add(secret)) {
        throw LyceumException.user(
            "Each key in "
                + file
                + " needs a 'key' of 8 characters or more and a 'name', both its own.");
      }
      keys.add(
          new Key(
              name,
              secret.getBytes(StandardCharsets.UTF_8),
              limit(entry, "requests_per_minute", file),
              limit(entry, "tokens_per_minute", file),
              limit(entry, "concurrent", file)));
    }
    return keys;
  }

  private static int limit(JsonNode entry, String field, Path file) {
    JsonNode value = entry.path(field);
    if (value.isMissingNode()) {
      return 0;
    }
    if (!value.isInt() || value.intValue() <= 0) {
      throw LyceumException.user(
          "'" + field + "' in " + file + " must be a positive number, not " + value + ".");
    }
    return value.intValue();
  }

  /**
   * Whose request it is.
   *
   * @throws ApiException 401 when the key is missing or none of these
   */
  Client client(ServerRequest request) {
    if (open) {
      return clients.getFirst();
    }
    Optional<String> given = request.headers().value(HeaderNames.AUTHORIZATION);
    byte[] secret =
        given
            .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
            .map(value -> value.substring(7).strip())
            .orElse("")
            .getBytes(StandardCharsets.UTF_8);
    Client found = null;
    for (Client client : clients) {
      // All are looked at, each as long whatever is wrong with it.
      if (MessageDigest.isEqual(client.key.secret, secret)) {
        found = client;
      }
    }
    if (found == null) {
      throw new ApiException(
          401,
          "authentication_error",
          null,
          "invalid_api_key",
          given.isEmpty()
              ? "The request has no key. Send one as 'Authorization: Bearer KEY'."
              : "The key is not known here.");
    }
    return found;
  }
}
