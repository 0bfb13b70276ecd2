package lyceum.model.parallel;

import java.util.Arrays;
import java.util.List;
import lyceum.core.LyceumException;

/**
 * A buffer's division among ranks: each holds one stretch of it, the stretches follow each other in
 * rank order and together are the whole. A stretch may be empty.
 */
public final class Parts {
  private final long[] bounds;

  private Parts(long[] bounds) {
    this.bounds = bounds;
  }

  /** Stretches of the given lengths in rank order, counted in 4-byte words. */
  public static Parts ofLengths(long... lengths) {
    long[] bounds = new long[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      if (lengths[i] < 0) {
        throw LyceumException.internal("Rank " + i + " cannot hold " + lengths[i] + " words.");
      }
      bounds[i + 1] = Math.addExact(bounds[i], lengths[i]);
    }
    return new Parts(bounds);
  }

  /** Stretches of equal length, the first ones a word longer where the length does not divide. */
  public static Parts equal(long length, int world) {
    long[] lengths = new long[world];
    for (int i = 0; i < world; i++) {
      lengths[i] = length / world + (i < length % world ? 1 : 0);
    }
    return ofLengths(lengths);
  }

  /** Everything with one rank. */
  public static Parts allWith(int rank, long length, int world) {
    long[] lengths = new long[world];
    lengths[rank] = length;
    return ofLengths(lengths);
  }

  /**
   * Divides items among ranks so that the largest load is small: each item in turn, from the
   * largest down, goes to the rank with the least so far. A pure function of sizes and world.
   *
   * @return the rank of each item
   */
  public static int[] owners(List<Long> sizes, int world) {
    Integer[] largestFirst = new Integer[sizes.size()];
    Arrays.setAll(largestFirst, i -> i);
    Arrays.sort(largestFirst, (a, b) -> Long.compare(sizes.get(b), sizes.get(a)));
    long[] loads = new long[world];
    int[] owners = new int[sizes.size()];
    for (int item : largestFirst) {
      int least = 0;
      for (int rank = 1; rank < world; rank++) {
        if (loads[rank] < loads[least]) {
          least = rank;
        }
      }
      owners[item] = least;
      loads[least] += sizes.get(item);
    }
    return owners;
  }

  public int world() {
    return bounds.length - 1;
  }

  /** Words in all. */
  public long length() {
    return bounds[world()];
  }

  /** Where a rank's stretch begins. */
  public long from(int rank) {
    return bounds[rank];
  }

  /** Where it ends, exclusive. */
  public long to(int rank) {
    return bounds[rank + 1];
  }

  @Override
  public String toString() {
    return Arrays.toString(bounds);
  }
}
