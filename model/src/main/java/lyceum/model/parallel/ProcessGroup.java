package lyceum.model.parallel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The ranks of one training, seen from one of them. Every rank calls the same operations in the
 * same order with buffers of the same size; the result is the same bits on every rank and in every
 * run with the same number of ranks, because sums are made in an order that depends on nothing
 * else.
 *
 * <p>Buffers are 4-byte words in the machine's order, on or off the Java heap. Operations begin in
 * the order of the calls, one at a time, while the caller goes on.
 */
public interface ProcessGroup extends AutoCloseable {
  /** A group of one, for which every operation is done already. */
  static ProcessGroup alone() {
    return Alone.INSTANCE;
  }

  /** This rank, from 0 on. */
  int rank();

  /** How many ranks there are. */
  int world();

  /**
   * Adds the ranks' buffers, as 32-bit floats. Afterwards each rank's own part holds the sum; what
   * its other parts hold is undefined.
   */
  Work reduceScatter(MemorySegment floats, Parts parts);

  /** Copies each rank's own part to all others. */
  Work allGather(MemorySegment words, Parts parts);

  /**
   * Copies each rank's part to rank 0.
   *
   * @param words at rank 0 the whole buffer, elsewhere the rank's own part alone
   */
  Work gather(MemorySegment words, Parts parts);

  /**
   * Hands each rank its part of rank 0's buffer.
   *
   * @param words at rank 0 the whole buffer, elsewhere the rank's own part alone
   */
  Work scatter(MemorySegment words, Parts parts);

  /** Adds the ranks' buffers, as 32-bit floats; afterwards all hold the sum. */
  Work allReduce(MemorySegment floats);

  /** Copies rank 0's buffer to all others. */
  default Work broadcast(MemorySegment words) {
    return allGather(words, Parts.allWith(0, words.byteSize() / Float.BYTES, world()));
  }

  /**
   * Adds doubles of the ranks in rank order, and waits for it.
   *
   * @return the sums, the same on every rank
   */
  default double[] sum(double... values) {
    int count = values.length;
    double[] all = new double[count * world()];
    System.arraycopy(values, 0, all, rank() * count, count);
    int wordsEach = 2 * count;
    allGather(MemorySegment.ofArray(all), Parts.equal((long) wordsEach * world(), world())).await();
    double[] sums = new double[count];
    for (int r = 0; r < world(); r++) {
      for (int i = 0; i < count; i++) {
        sums[i] += all[r * count + i];
      }
    }
    return sums;
  }

  /**
   * Sends rank 0's bytes to all, and waits for them.
   *
   * @param bytes at rank 0 what to send; what other ranks give does not matter
   */
  default byte[] broadcast(byte[] bytes) {
    int[] length = {bytes.length};
    broadcast(MemorySegment.ofArray(length)).await();
    int[] words = new int[(length[0] + Integer.BYTES - 1) / Integer.BYTES];
    MemorySegment buffer = MemorySegment.ofArray(words);
    if (rank() == 0) {
      MemorySegment.copy(MemorySegment.ofArray(bytes), 0, buffer, 0, bytes.length);
    }
    broadcast(buffer).await();
    byte[] received = new byte[length[0]];
    MemorySegment.copy(buffer, 0, MemorySegment.ofArray(received), 0, received.length);
    return received;
  }

  /** Sends each rank's bytes to all, and waits for them; in rank order. */
  default List<byte[]> allGather(byte[] own) {
    int[] lengths = new int[world()];
    lengths[rank()] = own.length;
    allGather(MemorySegment.ofArray(lengths), Parts.equal(world(), world())).await();
    Parts parts =
        Parts.ofLengths(
            Arrays.stream(lengths)
                .mapToLong(length -> Math.ceilDiv(length, Integer.BYTES))
                .toArray());
    int[] words = new int[Math.toIntExact(parts.length())];
    MemorySegment buffer = MemorySegment.ofArray(words);
    MemorySegment.copy(
        MemorySegment.ofArray(own), 0, buffer, Integer.BYTES * parts.from(rank()), own.length);
    allGather(buffer, parts).await();
    List<byte[]> all = new ArrayList<>();
    for (int rank = 0; rank < world(); rank++) {
      byte[] bytes = new byte[lengths[rank]];
      MemorySegment.copy(
          buffer, Integer.BYTES * parts.from(rank), MemorySegment.ofArray(bytes), 0, bytes.length);
      all.add(bytes);
    }
    return all;
  }

  /** What was exchanged so far. */
  Traffic traffic();

  /** Leaves the group and tells the others why this rank cannot go on; they fail with it. */
  void abort(String reason);

  /** Leaves the group after the last exchange. */
  @Override
  void close();
}
