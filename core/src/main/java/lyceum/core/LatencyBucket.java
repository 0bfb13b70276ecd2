package lyceum.core;

/** How many requests took at most so many seconds, those of smaller bounds included. */
public record LatencyBucket(double seconds, long count) {}
