package lyceum.data.tokenizer;

import java.util.Arrays;
import lyceum.core.LyceumException;

/**
 * How often each piece occurs: an open hash table over bytes in one array, without an object a
 * piece. Pieces are numbered in the order in which they were first seen.
 */
final class PieceCounts {
  /** What an array can hold. */
  private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

  private byte[] bytes = new byte[1 << 16];
  private int bytesUsed;
  private int[] startOfPiece = new int[1 << 13];
  private long[] hashOfPiece = new long[1 << 13];
  private long[] countOfPiece = new long[1 << 13];
  private int size;

  /** Number of a piece plus one; 0 is free. */
  private int[] slots = new int[1 << 14];

  int size() {
    return size;
  }

  long count(int piece) {
    return countOfPiece[piece];
  }

  /** Length of a piece in bytes. */
  int length(int piece) {
    return startOfPiece[piece + 1] - startOfPiece[piece];
  }

  /** A byte of a piece. */
  byte at(int piece, int index) {
    return bytes[startOfPiece[piece] + index];
  }

  /** Adds to the count of the piece that lies in a padded text. */
  void add(byte[] padded, int from, int to, long count) {
    long hash = hash(padded, from, to - from);
    int mask = slots.length - 1;
    int slot = (int) (hash >>> 32) & mask;
    for (int number = slots[slot]; number != 0; number = slots[slot]) {
      int piece = number - 1;
      if (hashOfPiece[piece] == hash
          && Arrays.equals(bytes, startOfPiece[piece], startOfPiece[piece + 1], padded, from, to)) {
        countOfPiece[piece] += count;
        return;
      }
      slot = (slot + 1) & mask;
    }
    append(padded, from, to, hash, count);
    slots[slot] = size;
    if (2 * size > slots.length) {
      grow();
    }
  }

  /** Adds all counts of another table. */
  void addAll(PieceCounts other) {
    for (int piece = 0; piece < other.size; piece++) {
      add(
          other.bytes,
          other.startOfPiece[piece],
          other.startOfPiece[piece + 1],
          other.countOfPiece[piece]);
    }
  }

  private void append(byte[] padded, int from, int to, long hash, long count) {
    int length = to - from;
    long needed = (long) bytesUsed + length + Utf8.PADDING;
    if (needed > bytes.length) {
      if (needed > MOST_BYTES) {
        throw LyceumException.user(
            "The sample holds more than "
                + MOST_BYTES
                + " bytes of different words. Lower tokenizer.sampleBytes.");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(MOST_BYTES, Math.max(2L * bytes.length, needed)));
    }
    if (size + 1 == startOfPiece.length) {
      startOfPiece = Arrays.copyOf(startOfPiece, 2 * size + 2);
      hashOfPiece = Arrays.copyOf(hashOfPiece, 2 * size + 2);
      countOfPiece = Arrays.copyOf(countOfPiece, 2 * size + 2);
    }
    System.arraycopy(padded, from, bytes, bytesUsed, length);
    bytesUsed += length;
    hashOfPiece[size] = hash;
    countOfPiece[size] = count;
    startOfPiece[++size] = bytesUsed;
  }

  private void grow() {
    slots = new int[4 * slots.length];
    int mask = slots.length - 1;
    for (int piece = 0; piece < size; piece++) {
      int slot = (int) (hashOfPiece[piece] >>> 32) & mask;
      while (slots[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = piece + 1;
    }
  }

  /** Mixes eight bytes at a time; good in its high half. */
  static long hash(byte[] padded, int from, int length) {
    long hash = length * 0x9E3779B97F4A7C15L;
    int at = from;
    int left = length;
    while (left > 8) {
      hash = mix(hash ^ Utf8.eight(padded, at));
      at += 8;
      left -= 8;
    }
    return mix(hash ^ Utf8.head(padded, at, left));
  }

  private static long mix(long x) {
    long high = Math.multiplyHigh(x, 0xC2B2AE3D27D4EB4FL);
    return (x * 0xC2B2AE3D27D4EB4FL) ^ high ^ (x >>> 29);
  }
}
