package lyceum.data.tokenizer;

import java.util.Arrays;

/**
 * Pairs by how often they occurred when they were entered: the most frequent first, ties to the
 * lower left id, then the lower right id.
 */
final class CandidateHeap {
  private long[] counts = new long[1 << 12];
  private long[] pairs = new long[1 << 12];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  /** Count of the first. */
  long count() {
    return counts[0];
  }

  /** The first pair, left id in the high half. */
  long pair() {
    return pairs[0];
  }

  void add(long count, long pair) {
    if (size == counts.length) {
      counts = Arrays.copyOf(counts, 2 * size);
      pairs = Arrays.copyOf(pairs, 2 * size);
    }
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (!isBefore(count, pair, counts[parent], pairs[parent])) {
        break;
      }
      counts[at] = counts[parent];
      pairs[at] = pairs[parent];
      at = parent;
    }
    counts[at] = count;
    pairs[at] = pair;
  }

  /** Takes the first away. */
  void remove() {
    size--;
    sink(counts[size], pairs[size]);
  }

  /** Gives the first another, lower count. */
  void lower(long count) {
    sink(count, pairs[0]);
  }

  private void sink(long count, long pair) {
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size
          && isBefore(counts[child + 1], pairs[child + 1], counts[child], pairs[child])) {
        child++;
      }
      if (!isBefore(counts[child], pairs[child], count, pair)) {
        break;
      }
      counts[at] = counts[child];
      pairs[at] = pairs[child];
      at = child;
    }
    counts[at] = count;
    pairs[at] = pair;
  }

  private static boolean isBefore(long count, long pair, long otherCount, long otherPair) {
    // Ids are not negative, so the pair's order as a number is that of left, then right.
    return count > otherCount || (count == otherCount && pair < otherPair);
  }
}
