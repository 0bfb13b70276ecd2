package lyceum.application.run;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import lyceum.contracts.lifecycle.StageProgress;

/** Tells how long a step will take yet from how fast it went while it was watched. */
public final class Pace {
  private static final Duration WINDOW = Duration.ofSeconds(60);
  // Shorter stretches say more about heartbeats than about speed.
  private static final Duration SHORTEST = Duration.ofSeconds(2);

  private final Deque<Sample> samples = new ArrayDeque<>();
  private String phase = "";

  private record Sample(Instant at, long step) {}

  /** Takes note of where the step is. */
  public void see(StageProgress progress, Instant now) {
    boolean wentBack = !samples.isEmpty() && progress.step() < samples.getLast().step();
    if (!progress.phase().equals(phase) || wentBack) {
      samples.clear();
      phase = progress.phase();
    }
    if (samples.isEmpty() || progress.step() > samples.getLast().step()) {
      samples.add(new Sample(now, progress.step()));
    }
    while (samples.size() > 2
        && Duration.between(samples.getFirst().at(), now).compareTo(WINDOW) > 0) {
      samples.removeFirst();
    }
  }

  /** Time left of the step; empty before anything can be said. */
  public Optional<Duration> left(StageProgress progress) {
    if (samples.size() < 2 || progress.steps() <= 0 || !progress.phase().equals(phase)) {
      return Optional.empty();
    }
    Sample first = samples.getFirst();
    Sample last = samples.getLast();
    Duration stretch = Duration.between(first.at(), last.at());
    if (stretch.compareTo(SHORTEST) < 0) {
      return Optional.empty();
    }
    double perStep = (double) stretch.toMillis() / (last.step() - first.step());
    return Optional.of(Duration.ofMillis((long) (perStep * (progress.steps() - progress.step()))));
  }
}
