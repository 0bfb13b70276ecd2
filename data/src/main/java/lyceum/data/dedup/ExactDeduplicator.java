package lyceum.data.dedup;

import java.util.HashSet;
import java.util.Set;
import lyceum.core.Sha256;

/**
 * Keeps the first document of each text, in the order asked: same input, same survivors. Holds 128
 * bits of the SHA-256 of each text, so that memory does not grow with the texts' length. Not
 * thread-safe, because the order decides who survives.
 */
public final class ExactDeduplicator {
  private final Set<Fingerprint> seen = new HashSet<>();

  /** Whether this text has not been asked about before. */
  public boolean isFirst(String text) {
    String digest = Sha256.of(text);
    return seen.add(
        new Fingerprint(
            Long.parseUnsignedLong(digest, 0, 16, 16), Long.parseUnsignedLong(digest, 16, 32, 16)));
  }

  private record Fingerprint(long high, long low) {}
}
