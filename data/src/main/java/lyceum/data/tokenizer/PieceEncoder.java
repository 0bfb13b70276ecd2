package lyceum.data.tokenizer;

import java.util.Arrays;

/**
 * Merges the bytes of pieces into ids. Holds scratch space and the ids of pieces seen lately, so
 * one thread at a time; what it answers depends on neither.
 */
final class PieceEncoder {
  /**
   * Longer pieces are merged with a heap, because going through all pairs each time is quadratic.
   */
  private static final int SHORT = 64;

  /** Bytes of a piece that fit into two longs with the length. */
  private static final int LONGEST_REMEMBERED = 15;

  private static final int SLOTS = 1 << 16;

  /** Numbers a slot: how many ids, then the ids. */
  private static final int SLOT_INTS = 8;

  private final BpeModel model;

  // What is remembered: two slots a piece, the newer first. The keys hold the piece itself.
  private final long[] keys = new long[2 * SLOTS];
  private final int[] remembered = new int[SLOT_INTS * SLOTS];

  private final int[] tokens = new int[SHORT];
  private final long[] values = new long[SHORT];
  private int[] ids = new int[1 << 10];
  private int size;

  PieceEncoder(BpeModel model) {
    this.model = model;
  }

  /** Forgets the ids gathered so far. */
  void begin() {
    size = 0;
  }

  /** The ids gathered since {@link #begin}. */
  int[] gathered() {
    return Arrays.copyOf(ids, size);
  }

  /** Gathers one id. */
  void append(int id) {
    require(1);
    ids[size++] = id;
  }

  /** Gathers the ids of a text. */
  void append(byte[] padded, int from, int to) {
    PieceScanner scanner = model.scanner();
    for (int at = from; at < to; ) {
      int end = scanner.end(padded, at, to);
      piece(padded, at, end);
      at = end;
    }
  }

  private void piece(byte[] padded, int from, int to) {
    int length = to - from;
    if (length == 1) {
      append(model.tokenOfByte(padded[from]));
    } else if (length <= LONGEST_REMEMBERED) {
      remembered(padded, from, length);
    } else {
      merge(padded, from, length);
    }
  }

  private void remembered(byte[] padded, int from, int length) {
    long low = Utf8.head(padded, from, Math.min(length, 8));
    // The length is never 0, so that a key is never that of a free slot.
    long high = (length > 8 ? Utf8.head(padded, from + 8, length - 8) : 0) | (long) length << 56;
    int slot = slot(low, high);
    int other = slot ^ 1;
    require(SLOT_INTS);
    if (keys[2 * slot] == low && keys[2 * slot + 1] == high) {
      recall(slot);
    } else if (keys[2 * other] == low && keys[2 * other + 1] == high) {
      recall(other);
    } else {
      int before = size;
      merge(padded, from, length);
      if (size - before < SLOT_INTS) {
        remember(slot, other, low, high, before);
      }
    }
  }

  private static int slot(long low, long high) {
    long mixed = (low ^ Long.rotateLeft(high, 23)) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 32) ^ high) * 0xC2B2AE3D27D4EB4FL;
    return (int) (mixed >>> 40) & (SLOTS - 1);
  }

  private void recall(int slot) {
    int at = SLOT_INTS * slot;
    int count = remembered[at];
    // A copy of constant length is a few moves; what is beyond the count is written over later.
    System.arraycopy(remembered, at + 1, ids, size, SLOT_INTS - 1);
    size += count;
  }

  private void remember(int slot, int other, long low, long high, int before) {
    keys[2 * other] = keys[2 * slot];
    keys[2 * other + 1] = keys[2 * slot + 1];
    System.arraycopy(remembered, SLOT_INTS * slot, remembered, SLOT_INTS * other, SLOT_INTS);
    keys[2 * slot] = low;
    keys[2 * slot + 1] = high;
    remembered[SLOT_INTS * slot] = size - before;
    System.arraycopy(ids, before, remembered, SLOT_INTS * slot + 1, size - before);
  }

  private void merge(byte[] padded, int from, int length) {
    require(length);
    int whole = model.wholePiece(padded, from, length);
    if (whole >= 0) {
      ids[size++] = whole;
    } else if (length <= SHORT) {
      mergeShort(padded, from, length);
    } else {
      mergeLong(padded, from, length);
    }
  }

  /** Applies merges, lowest rank first, leftmost first among equals. */
  private void mergeShort(byte[] padded, int from, int length) {
    int left = length;
    for (int i = 0; i < length; i++) {
      tokens[i] = model.tokenOfByte(padded[from + i]);
    }
    MergeTable merges = model.merges();
    for (int i = 0; i + 1 < length; i++) {
      values[i] = merges.get(tokens[i], tokens[i + 1]);
    }
    while (left > 1) {
      int at = 0;
      long best = values[0];
      for (int i = 1; i < left - 1; i++) {
        if (values[i] < best) {
          best = values[i];
          at = i;
        }
      }
      if (best == MergeTable.NONE) {
        break;
      }
      tokens[at] = (int) best;
      left--;
      for (int i = at + 1; i < left; i++) {
        tokens[i] = tokens[i + 1];
        values[i - 1] = values[i];
      }
      if (at + 1 < left) {
        values[at] = merges.get(tokens[at], tokens[at + 1]);
      }
      if (at > 0) {
        values[at - 1] = merges.get(tokens[at - 1], tokens[at]);
      }
    }
    System.arraycopy(tokens, 0, ids, size, left);
    size += left;
  }

  /** The same in O(n log n), for pieces of up to megabytes. */
  private void mergeLong(byte[] padded, int from, int length) {
    int[] token = new int[length];
    int[] next = new int[length];
    int[] previous = new int[length];
    for (int i = 0; i < length; i++) {
      token[i] = model.tokenOfByte(padded[from + i]);
      next[i] = i + 1 < length ? i + 1 : -1;
      previous[i] = i - 1;
    }
    PlaceHeap candidates = new PlaceHeap(length);
    for (int i = 0; i + 1 < length; i++) {
      candidate(candidates, token, i, i + 1);
    }
    while (!candidates.isEmpty()) {
      int at = candidates.place();
      int rank = candidates.rank();
      candidates.remove();
      int right = token[at] < 0 ? -1 : next[at];
      if (right < 0) {
        continue;
      }
      long value = model.merges().get(token[at], token[right]);
      // What was entered may have been merged away; then its rank is another, or none.
      if (value == MergeTable.NONE || (int) (value >>> 32) != rank) {
        continue;
      }
      token[at] = (int) value;
      token[right] = -1;
      next[at] = next[right];
      if (next[at] >= 0) {
        previous[next[at]] = at;
        candidate(candidates, token, at, next[at]);
      }
      if (previous[at] >= 0) {
        candidate(candidates, token, previous[at], at);
      }
    }
    for (int at = 0; at >= 0; at = next[at]) {
      ids[size++] = token[at];
    }
  }

  private void candidate(PlaceHeap candidates, int[] token, int left, int right) {
    long value = model.merges().get(token[left], token[right]);
    if (value != MergeTable.NONE) {
      candidates.add((int) (value >>> 32), left);
    }
  }

  private void require(int more) {
    if (size + more > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(2 * ids.length, size + more));
    }
  }
}
