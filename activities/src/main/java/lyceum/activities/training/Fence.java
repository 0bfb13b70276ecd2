package lyceum.activities.training;

/**
 * Orders attempts at one training: a later one has a higher fence, so an attempt that the server
 * gave up on, but that still runs, cannot publish over its successor.
 *
 * @param scheduledAtMillis when the server scheduled the attempt, by the server's clock
 * @param attempt its number, from 1
 */
public record Fence(long scheduledAtMillis, int attempt) implements Comparable<Fence> {
  @Override
  public int compareTo(Fence other) {
    int byTime = Long.compare(scheduledAtMillis, other.scheduledAtMillis);
    return byTime != 0 ? byTime : Integer.compare(attempt, other.attempt);
  }
}
