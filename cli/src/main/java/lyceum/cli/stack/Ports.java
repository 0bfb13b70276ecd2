package lyceum.cli.stack;

import java.util.LinkedHashMap;
import java.util.Map;
import lyceum.core.LyceumException;

/**
 * The ports of the servers that this installation runs. They follow one base, so that a second
 * installation on the same machine needs one number changed. The base lies below the range from
 * which Linux takes the ports of outgoing connections.
 *
 * @param temporal gRPC front end
 * @param temporalUi web pages of Temporal
 * @param temporalMetrics Prometheus metrics of Temporal
 * @param temporalHttp HTTP API of Temporal
 * @param storage S3 API
 * @param storageConsole web pages of MinIO
 * @param tracking MLflow's API and web pages
 * @param serving the model server
 * @param console pages and API of the console
 * @param workerMetrics Prometheus metrics of the worker
 */
public record Ports(
    int temporal,
    int temporalUi,
    int temporalMetrics,
    int temporalHttp,
    int storage,
    int storageConsole,
    int tracking,
    int serving,
    int console,
    int workerMetrics) {
  public static final int DEFAULT_BASE = 17200;

  /** Where the base is set. */
  public static final String BASE_VARIABLE = "LYCEUM_PORTS";

  private static final int SPAN = 100;

  /**
   * The ports that follow a base: base + 33 is Temporal's and so on.
   *
   * @throws LyceumException USER when they would not be ports that anyone may open
   */
  public static Ports of(int base) {
    if (base < 1024 || base + SPAN > 65_536) {
      throw LyceumException.user(
          "The ports' base must lie between 1024 and "
              + (65_536 - SPAN)
              + ", not "
              + base
              + ". "
              + BASE_VARIABLE
              + " or the option --ports sets it.");
    }
    return new Ports(
        base + 33, base + 34, base + 35, base + 43, base + 90, base + 91, base + 50, base + 80,
        base + 60, base + 36);
  }

  /** By the name of what listens, in the order of starting. */
  public Map<String, Integer> named(Server server) {
    Map<String, Integer> named = new LinkedHashMap<>();
    switch (server) {
      case STORAGE -> {
        named.put("storage", storage);
        named.put("storage console", storageConsole);
      }
      case TEMPORAL -> {
        named.put("temporal", temporal);
        named.put("temporal UI", temporalUi);
        named.put("temporal metrics", temporalMetrics);
        named.put("temporal HTTP", temporalHttp);
      }
      case TRACKING -> named.put("tracking", tracking);
      case SERVING -> named.put("serving", serving);
      case CONSOLE -> named.put("console", console);
      case WORKER -> named.put("worker metrics", workerMetrics);
    }
    return named;
  }

  /** The port at which the server is asked for its health, 0 for the worker, which has none. */
  public int main(Server server) {
    return switch (server) {
      case STORAGE -> storage;
      case TEMPORAL -> temporal;
      case TRACKING -> tracking;
      case SERVING -> serving;
      case CONSOLE -> console;
      case WORKER -> 0;
    };
  }
}
