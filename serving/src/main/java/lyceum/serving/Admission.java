package lyceum.serving;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets a fixed number of requests generate at a time, in the order in which they came, and a fixed
 * number wait; more are refused at once, so that a flood is told to come back later instead of
 * being answered late.
 */
final class Admission {
  private final Semaphore running;
  private final AtomicInteger present = new AtomicInteger();
  private final int runningAtOnce;
  private final int most;

  Admission(int running, int waiting) {
    this.running = new Semaphore(running, true);
    this.runningAtOnce = running;
    this.most = running + waiting;
  }

  /** A place among those that generate; closing it lets the next one in. */
  final class Place implements AutoCloseable {
    private boolean open = true;

    @Override
    public void close() {
      if (open) {
        open = false;
        running.release();
        present.decrementAndGet();
      }
    }
  }

  /**
   * Waits for a place.
   *
   * @throws ApiException 429 when all places and the queue are taken
   */
  Place enter() throws InterruptedException {
    if (present.incrementAndGet() > most) {
      present.decrementAndGet();
      throw new ApiException(
          429,
          "rate_limit_error",
          null,
          "queue_full",
          runningAtOnce
              + " requests are being answered and "
              + (most - runningAtOnce)
              + " wait; try again in a second.");
    }
    try {
      running.acquire();
    } catch (InterruptedException e) {
      present.decrementAndGet();
      throw e;
    }
    return new Place();
  }

  /** Requests that generate or wait. */
  int present() {
    return present.get();
  }
}
