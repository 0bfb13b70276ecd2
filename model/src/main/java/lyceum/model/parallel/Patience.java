package lyceum.model.parallel;

import java.time.Duration;
import lyceum.core.LyceumException;

/**
 * How long ranks wait for each other.
 *
 * @param join until all ranks are there
 * @param heartbeat between signs of life of each rank
 * @param silence after which a rank without a sign of life counts as gone; a killed process is
 *     noticed at once, this is for hosts that vanish
 * @param exchange how long an exchange may make no progress while all ranks are alive
 */
public record Patience(Duration join, Duration heartbeat, Duration silence, Duration exchange) {
  /** Patience of a training. */
  public static final Patience OF_TRAINING =
      new Patience(
          Duration.ofMinutes(2),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofHours(1));

  public Patience {
    if (heartbeat.isNegative() || heartbeat.isZero()) {
      throw LyceumException.user("Signs of life every " + heartbeat + " are none.");
    }
    if (silence.compareTo(heartbeat.multipliedBy(2)) < 0) {
      throw LyceumException.user(
          "A rank would count as gone after %s with signs of life only every %s: make the first at least twice the second."
              .formatted(silence, heartbeat));
    }
  }
}
