package lyceum.data.tokenizer;

import java.util.List;
import lyceum.data.tokenizer.BpeTokenizer.Merge;

/** Rank and result of each pair that merges: an open hash table, pair and value side by side. */
final class MergeTable {
  /** Value of a pair that does not merge; higher than every other. */
  static final long NONE = Long.MAX_VALUE;

  /** Pair inverted (0 is free), then its value, for each slot. */
  private final long[] table;

  private final int mask;

  MergeTable(List<Merge> merges) {
    int slots = Integer.highestOneBit(Math.max(8, 2 * merges.size())) << 1;
    table = new long[2 * slots];
    mask = slots - 1;
    for (int rank = 0; rank < merges.size(); rank++) {
      Merge merge = merges.get(rank);
      long key = ~BpeTokenizer.pair(merge.left(), merge.right());
      int slot = start(key);
      while (table[2 * slot] != 0) {
        slot = (slot + 1) & mask;
      }
      table[2 * slot] = key;
      table[2 * slot + 1] = (long) rank << 32 | merge.merged();
    }
  }

  /** Rank in the high half, the merged id in the low half; {@link #NONE} where nothing merges. */
  long get(int left, int right) {
    long key = ~BpeTokenizer.pair(left, right);
    int slot = start(key);
    for (long there = table[2 * slot]; there != 0; there = table[2 * slot]) {
      if (there == key) {
        return table[2 * slot + 1];
      }
      slot = (slot + 1) & mask;
    }
    return NONE;
  }

  private int start(long key) {
    return (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & mask;
  }
}
