package lyceum.serving;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes as many requests as may be worked on and may wait; more are refused at once, so that a
 * flood is told to come back later instead of being answered late. Whose turn it is among those
 * that wait, the engine decides.
 */
final class Admission {
  private final AtomicInteger present = new AtomicInteger();
  private final int running;
  private final int most;

  Admission(int running, int waiting) {
    this.running = running;
    this.most = running + waiting;
  }

  /** A place; closing it lets another one in. */
  final class Place implements AutoCloseable {
    private boolean open = true;

    @Override
    public void close() {
      if (open) {
        open = false;
        present.decrementAndGet();
      }
    }
  }

  /**
   * Takes a place.
   *
   * @throws ApiException 429 when all places are taken
   */
  Place enter() {
    int before = present.getAndIncrement();
    if (before >= most) {
      present.decrementAndGet();
      throw ApiException.tooMany(
          "queue_full",
          running
              + " requests are being answered and "
              + (most - running)
              + " wait; try again in a second.",
          1);
    }
    return new Place();
  }

  /** Requests that are worked on or wait. */
  int present() {
    return present.get();
  }
}
