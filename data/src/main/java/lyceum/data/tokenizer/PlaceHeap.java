package lyceum.data.tokenizer;

import java.util.Arrays;

/** Places in a piece by the rank of the merge there: lowest rank first, then leftmost. */
final class PlaceHeap {
  /** Rank in the high half, place in the low half. */
  private long[] entries;

  private int size;

  PlaceHeap(int capacity) {
    entries = new long[Math.max(1, capacity)];
  }

  boolean isEmpty() {
    return size == 0;
  }

  int rank() {
    return (int) (entries[0] >>> 32);
  }

  int place() {
    return (int) entries[0];
  }

  void add(int rank, int place) {
    if (size == entries.length) {
      entries = Arrays.copyOf(entries, 2 * size);
    }
    long entry = (long) rank << 32 | place;
    int at = size++;
    while (at > 0 && entry < entries[(at - 1) >>> 1]) {
      entries[at] = entries[(at - 1) >>> 1];
      at = (at - 1) >>> 1;
    }
    entries[at] = entry;
  }

  void remove() {
    long entry = entries[--size];
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && entries[child + 1] < entries[child]) {
        child++;
      }
      if (entry <= entries[child]) {
        break;
      }
      entries[at] = entries[child];
      at = child;
    }
    entries[at] = entry;
  }
}
