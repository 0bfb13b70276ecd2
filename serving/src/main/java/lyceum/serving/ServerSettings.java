package lyceum.serving;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import lyceum.core.LyceumException;

/**
 * How the server is run.
 *
 * @param host address to listen on
 * @param port 0 takes a free one
 * @param adminToken bearer token of {@code /admin}; without one nothing there is allowed
 * @param running requests that are worked on at a time
 * @param waiting further requests that may wait for their turn
 * @param drain how long requests in flight may take when the server stops
 * @param patience how long a request may take to arrive, from its first byte to its last
 * @param idle how long a connection without a request is kept
 * @param models how many names may be in service at a time
 * @param keys file of the keys that may ask; without one everybody may
 * @param placement file in which servers of one installation share what is in service
 */
public record ServerSettings(
    String host,
    int port,
    Optional<String> adminToken,
    int running,
    int waiting,
    Duration drain,
    Duration patience,
    Duration idle,
    int models,
    Optional<Path> keys,
    Optional<Path> placement) {
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
    if (!patience.isPositive() || !idle.isPositive()) {
      throw LyceumException.user(
          "A request needs time to arrive and a connection time to be used again, not "
              + patience
              + " and "
              + idle
              + ".");
    }
    if (models <= 0) {
      throw LyceumException.user("At least one model must be allowed, not " + models + ".");
    }
    adminToken = adminToken.filter(token -> !token.isBlank());
  }

  /**
   * The usual numbers: 30 seconds to drain and to send a request, 75 without one, four models, no
   * keys.
   */
  public ServerSettings(
      String host, int port, Optional<String> adminToken, int running, int waiting) {
    this(
        host,
        port,
        adminToken,
        running,
        waiting,
        Duration.ofSeconds(30),
        Duration.ofSeconds(30),
        Duration.ofSeconds(75),
        4,
        Optional.empty(),
        Optional.empty());
  }

  /** 32 at a time, 256 waiting, and the usual numbers. */
  public static ServerSettings of(String host, int port, Optional<String> adminToken) {
    return new ServerSettings(host, port, adminToken, 32, 256);
  }

  /** The same with another time to drain. */
  public ServerSettings drainingFor(Duration time) {
    return new ServerSettings(
        host, port, adminToken, running, waiting, time, patience, idle, models, keys, placement);
  }

  /** The same with another time for a request to arrive. */
  public ServerSettings patientFor(Duration time) {
    return new ServerSettings(
        host, port, adminToken, running, waiting, drain, time, idle, models, keys, placement);
  }

  /** The same for those alone who have a key. */
  public ServerSettings withKeys(Path file) {
    return new ServerSettings(
        host,
        port,
        adminToken,
        running,
        waiting,
        drain,
        patience,
        idle,
        models,
        Optional.of(file),
        placement);
  }

  /** The same, sharing what is in service with other servers. */
  public ServerSettings sharing(Path file) {
    return new ServerSettings(
        host,
        port,
        adminToken,
        running,
        waiting,
        drain,
        patience,
        idle,
        models,
        keys,
        Optional.of(file));
  }
}
