package lyceum.serving;

import java.util.HashMap;
import java.util.Map;

/**
 * Takes as many requests as may be worked on and may wait; more are refused at once, so that a
 * flood is told to come back later instead of being answered late. A quarter of the places that
 * wait is kept for clients that have at most one request here, so that one who sends a thousand
 * does not keep the others out. One and not none, since a client that has read its answer may ask
 * again before the place of that answer is given back. Whose turn it is among those that wait, the
 * engine decides.
 */
final class Admission {
  private final Map<String, Integer> byClient = new HashMap<>();
  private final int running;
  private final int most;
  private final int kept;
  private int present;

  /**
   * @param several whether there is more than one client
   */
  Admission(int running, int waiting, boolean several) {
    this.running = running;
    this.most = running + waiting;
    this.kept = several ? waiting / 4 : 0;
  }

  /** A place; closing it lets another one in. */
  final class Place implements AutoCloseable {
    private final String client;
    private boolean open = true;

    private Place(String client) {
      this.client = client;
    }

    @Override
    public void close() {
      if (open) {
        open = false;
        leave(client);
      }
    }
  }

  /**
   * Takes a place.
   *
   * @param client whose request it is
   * @throws ApiException 429 when all places that it may have are taken
   */
  synchronized Place enter(String client) {
    if (present >= (byClient.getOrDefault(client, 0) > 1 ? most - kept : most)) {
      throw ApiException.tooMany(
          "queue_full",
          running
              + " requests are being answered and "
              + (present - Math.min(present, running))
              + " wait; try again in a second.",
          1);
    }
    present++;
    byClient.merge(client, 1, Integer::sum);
    return new Place(client);
  }

  private synchronized void leave(String client) {
    present--;
    byClient.computeIfPresent(client, (name, count) -> count == 1 ? null : count - 1);
  }

  /** Requests that are worked on or wait. */
  synchronized int present() {
    return present;
  }
}
