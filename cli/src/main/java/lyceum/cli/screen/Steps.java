package lyceum.cli.screen;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lyceum.application.recipe.Progress;
import lyceum.application.text.Amounts;
import org.jspecify.annotations.Nullable;

/**
 * Several things that happen at once, each with what it does now and for how long: redrawn in place
 * on a terminal, one line at the beginning and one at the end of each otherwise. Thread-safe.
 */
public final class Steps implements Progress, AutoCloseable {
  private static final Duration REDRAW = Duration.ofMillis(250);
  private static final Duration REMIND = Duration.ofSeconds(30);

  private final Screen screen;
  private final Map<String, Step> steps = new LinkedHashMap<>();
  private final Thread drawer;
  private int drawn;
  private volatile boolean closed;

  private static final class Step {
    final Instant began = Instant.now();
    Instant reminded = began;
    String doing;
    @Nullable Boolean good;
    Duration took = Duration.ZERO;

    Step(String doing) {
      this.doing = doing;
    }
  }

  public Steps(Screen screen) {
    this.screen = screen;
    this.drawer = Thread.ofVirtual().name("steps").start(this::redraw);
  }

  @Override
  public synchronized void doing(String name, String what) {
    Step step = steps.get(name);
    if (step == null) {
      steps.put(name, new Step(what));
      if (!screen.errIsTerminal()) {
        screen.say("  " + name + ": " + what);
      }
    } else {
      step.doing = what;
    }
    draw();
  }

  @Override
  public synchronized void done(String name, boolean good, String what) {
    Step step = steps.computeIfAbsent(name, n -> new Step(what));
    step.good = good;
    step.doing = what;
    step.took = Duration.between(step.began, Instant.now());
    if (!screen.errIsTerminal()) {
      screen.say("  " + name + ": " + what + " (" + Amounts.text(step.took) + ")");
    }
    draw();
  }

  private void redraw() {
    while (!closed) {
      try {
        Thread.sleep(REDRAW);
      } catch (InterruptedException e) {
        return;
      }
      synchronized (this) {
        if (closed) {
          return;
        }
        if (screen.errIsTerminal()) {
          draw();
        } else {
          remind();
        }
      }
    }
  }

  private void remind() {
    Instant now = Instant.now();
    steps.forEach(
        (name, step) -> {
          if (step.good == null && Duration.between(step.reminded, now).compareTo(REMIND) >= 0) {
            step.reminded = now;
            screen.say(
                "  "
                    + name
                    + ": "
                    + step.doing
                    + " ... "
                    + Amounts.text(Duration.between(step.began, now)));
          }
        });
  }

  private void draw() {
    if (!screen.errIsTerminal()) {
      return;
    }
    StringBuilder text = new StringBuilder();
    if (drawn > 0) {
      text.append("\u001b[").append(drawn).append('A');
    }
    List<String> lines = lines();
    for (String line : lines) {
      text.append("\r\u001b[K").append(line).append('\n');
    }
    drawn = lines.size();
    screen.err().print(text);
    screen.err().flush();
  }

  private List<String> lines() {
    int widest = steps.keySet().stream().mapToInt(String::length).max().orElse(0);
    List<String> lines = new ArrayList<>();
    steps.forEach(
        (name, step) -> {
          Duration time =
              step.good == null ? Duration.between(step.began, Instant.now()) : step.took;
          String mark =
              step.good == null
                  ? screen.style(Style.ACCENT, "·")
                  : step.good ? screen.style(Style.GOOD, "✓") : screen.style(Style.BAD, "✗");
          String clock = Amounts.text(time);
          int room = Math.max(10, screen.width() - widest - clock.length() - 8);
          String doing =
              step.doing.length() > room ? step.doing.substring(0, room - 1) + "…" : step.doing;
          lines.add(
              "  "
                  + mark
                  + " "
                  + name
                  + " ".repeat(widest - name.length() + 2)
                  + doing
                  + "  "
                  + screen.style(Style.DIM, clock));
        });
    return lines;
  }

  /** Leaves the last picture on the screen. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      draw();
    }
    drawer.interrupt();
  }
}
