package lyceum.connectors.settings;

import java.util.List;
import lyceum.core.LyceumException;

/**
 * How this machine takes part in trainings of several processes.
 *
 * @param listen {@code host:port} where the others come to; port 0 is any free one
 * @param local how many ranks besides rank 0 this machine starts itself, or {@link #ALL}
 * @param token secret of all machines of a training, 64 hexadecimal digits; empty to make a new one
 *     for every attempt, which only ranks that this machine starts can know
 * @param gpus numbers of the GPUs that ranks started here see, one each in turn; empty for none
 */
public record RankSettings(String listen, int local, String token, List<String> gpus) {
  /** However many there are. */
  public static final int ALL = -1;

  public RankSettings {
    gpus = List.copyOf(gpus);
    if (local < ALL) {
      throw LyceumException.user("ranks.local " + local + " is no number of processes.");
    }
    if (!token.isEmpty() && !token.matches("[0-9a-f]{64}")) {
      throw LyceumException.user(
          "ranks.token is not 64 hexadecimal digits but "
              + token.length()
              + " characters. Make one with: openssl rand -hex 32");
    }
    if (local != ALL && token.isEmpty()) {
      throw LyceumException.user(
          "ranks.local leaves ranks to other machines, which need a common ranks.token to come."
              + " Make one with: openssl rand -hex 32");
    }
  }

  /** How many ranks of a training are on this machine, rank 0 among them. */
  public int here(int ranks) {
    return local == ALL ? ranks : 1 + Math.min(local, ranks - 1);
  }

  /** Host to listen on. */
  public String host() {
    return listen.substring(0, listen.lastIndexOf(':'));
  }

  /** Port to listen on. */
  public int port() {
    return Integer.parseInt(listen.substring(listen.lastIndexOf(':') + 1));
  }

  @Override
  public String toString() {
    return "RankSettings[listen=%s, local=%d, token=%s, gpus=%s]"
        .formatted(listen, local, token.isEmpty() ? "" : "***", gpus);
  }
}
