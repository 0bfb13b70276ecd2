package lyceum.serving;

import java.time.Duration;
import java.util.Optional;
import lyceum.core.LyceumException;

/**
 * How the server is run.
 *
 * @param host address to listen on
 * @param port 0 takes a free one
 * @param adminToken bearer token of {@code /admin}; without one nothing there is allowed
 * @param running requests that generate at a time
 * @param waiting further requests that may wait for their turn
 * @param drain how long requests in flight may take when the server stops
 */
public record ServerSettings(
    String host, int port, Optional<String> adminToken, int running, int waiting, Duration drain) {
  public ServerSettings {
    if (port < 0 || port > 65_535) {
      throw LyceumException.user("The port must lie between 0 and 65535, not " + port + ".");
    }
    if (running <= 0) {
      throw LyceumException.user(
          "At least one request must be allowed to run, not " + running + ".");
    }
    if (waiting < 0) {
      throw LyceumException.user("The queue's length must not be negative, not " + waiting + ".");
    }
    adminToken = adminToken.filter(token -> !token.isBlank());
  }

  /** As many at a time as there are processors, 64 waiting, 30 seconds to drain. */
  public static ServerSettings of(String host, int port, Optional<String> adminToken) {
    return new ServerSettings(
        host,
        port,
        adminToken,
        Runtime.getRuntime().availableProcessors(),
        64,
        Duration.ofSeconds(30));
  }
}
