package lyceum.data.tokenizer;

import java.util.Arrays;

/**
 * How often each pair of neighbouring tokens occurs now, and in which pieces it was ever seen: an
 * open hash table over primitive arrays.
 */
final class PairIndex {
  private static final int[] NOWHERE = {};

  /** Pairs in slots; a pair is never 0 here, because its bits are kept inverted. */
  private long[] keys = new long[1 << 16];

  private long[] counts = new long[1 << 16];
  private int[][] pieces = new int[1 << 16][];
  private int[] sizes = new int[1 << 16];
  private int used;

  /** Slot of the pair; it is entered where it is not there. Valid until the next call. */
  int slot(long pair) {
    long key = ~pair;
    int mask = keys.length - 1;
    int slot = start(key, mask);
    while (keys[slot] != key) {
      if (keys[slot] == 0) {
        return enter(slot, key);
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private int enter(int slot, long key) {
    if (4 * ++used > 3 * keys.length) {
      grow();
      return entered(key);
    }
    keys[slot] = key;
    pieces[slot] = NOWHERE;
    return slot;
  }

  private int entered(long key) {
    int slot = free(key);
    keys[slot] = key;
    pieces[slot] = NOWHERE;
    return slot;
  }

  private int free(long key) {
    int mask = keys.length - 1;
    int slot = start(key, mask);
    while (keys[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static int start(long key, int mask) {
    return (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & mask;
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldCounts = counts;
    int[][] oldPieces = pieces;
    int[] oldSizes = sizes;
    keys = new long[2 * oldKeys.length];
    counts = new long[keys.length];
    pieces = new int[keys.length][];
    sizes = new int[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int slot = free(oldKeys[i]);
        keys[slot] = oldKeys[i];
        counts[slot] = oldCounts[i];
        pieces[slot] = oldPieces[i];
        sizes[slot] = oldSizes[i];
      }
    }
  }

  long count(int slot) {
    return counts[slot];
  }

  void add(int slot, long count) {
    counts[slot] += count;
  }

  /** Notes that the pair occurs in a piece. */
  void seen(int slot, int piece) {
    int size = sizes[slot];
    int[] of = pieces[slot];
    // Pieces arrive in order, so this leaves out nearly all repeats; the rest are harmless.
    if (size > 0 && of[size - 1] == piece) {
      return;
    }
    if (size == of.length) {
      of = Arrays.copyOf(of, size == 0 ? 2 : 2 * size);
      pieces[slot] = of;
    }
    of[size] = piece;
    sizes[slot] = size + 1;
  }

  /** The pieces in which the pair was seen, which are forgotten here. */
  int[] takePieces(int slot) {
    int[] of = Arrays.copyOf(pieces[slot], sizes[slot]);
    pieces[slot] = NOWHERE;
    sizes[slot] = 0;
    return of;
  }

  /** Tells of every pair that occurs at least so often. */
  void forEach(long least, PairConsumer consumer) {
    for (int slot = 0; slot < keys.length; slot++) {
      if (keys[slot] != 0 && counts[slot] >= least) {
        consumer.accept(~keys[slot], counts[slot]);
      }
    }
  }

  /** Takes a pair and its count. */
  interface PairConsumer {
    void accept(long pair, long count);
  }
}
