package lyceum.contracts.deployment;

import java.util.List;
import lyceum.core.LatencyBucket;

/**
 * What a server has counted of one version since it serves it.
 *
 * @param answered requests answered to their end
 * @param failed requests that failed through the server's fault
 * @param latency requests by the time to their last token: counts up to each bound, in seconds
 */
public record Traffic(long answered, long failed, List<LatencyBucket> latency) {
  public static final Traffic NONE = new Traffic(0, 0, List.of());

  /** What came since {@code earlier}. */
  public Traffic since(Traffic earlier) {
    if (answered < earlier.answered || failed < earlier.failed) {
      // The server was started again and counts from zero.
      return this;
    }
    List<LatencyBucket> more =
        latency.stream()
            .map(
                bucket ->
                    new LatencyBucket(bucket.seconds(), bucket.count() - earlier.upTo(bucket)))
            .toList();
    return new Traffic(answered - earlier.answered, failed - earlier.failed, more);
  }

  /**
   * The bound below which the share of requests lies, in seconds; 0 without requests, infinite
   * where it lies above all bounds.
   */
  public double quantile(double share) {
    long all = latency.isEmpty() ? 0 : latency.getLast().count();
    if (all == 0) {
      return 0;
    }
    return latency.stream()
        .filter(bucket -> bucket.count() >= share * all)
        .mapToDouble(LatencyBucket::seconds)
        .findFirst()
        .orElse(Double.POSITIVE_INFINITY);
  }

  private long upTo(LatencyBucket bound) {
    return latency.stream()
        .filter(bucket -> bucket.seconds() == bound.seconds())
        .mapToLong(LatencyBucket::count)
        .findFirst()
        .orElse(0);
  }
}
