package lyceum.console.security;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/** Refuses further attempts to sign in after too many that failed, by address and by name. */
public final class LoginLimit {
  private static final int FAILURES = 10;
  private static final Duration WINDOW = Duration.ofMinutes(15);
  private static final int REMEMBERED = 10_000;

  private final InstantSource clock;
  private final Map<String, Deque<Long>> failures =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Deque<Long>> eldest) {
          return size() > REMEMBERED;
        }
      };

  public LoginLimit(InstantSource clock) {
    this.clock = clock;
  }

  /** How long until another attempt is taken; zero when it is now. */
  public synchronized Duration wait(String... keys) {
    long now = clock.millis();
    long wait = 0;
    for (String key : keys) {
      Deque<Long> times = failures.get(key);
      if (times == null) {
        continue;
      }
      while (!times.isEmpty() && now - times.getFirst() >= WINDOW.toMillis()) {
        times.removeFirst();
      }
      if (times.size() >= FAILURES) {
        wait = Math.max(wait, WINDOW.toMillis() - (now - times.getFirst()));
      }
    }
    return Duration.ofMillis(wait);
  }

  public synchronized void failed(String... keys) {
    for (String key : keys) {
      failures.computeIfAbsent(key, k -> new ArrayDeque<>()).addLast(clock.millis());
    }
  }

  /** A sign-in that went well clears the name, not the address. */
  public synchronized void succeeded(String key) {
    failures.remove(key);
  }
}
