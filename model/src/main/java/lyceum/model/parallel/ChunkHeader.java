package lyceum.model.parallel;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import lyceum.core.LyceumException;

/**
 * What precedes each stretch of numbers on the way to the next rank: 32 bytes, little-endian. The
 * receiver knows what has to come next, so a header only confirms it; ranks that do different
 * things, or bytes that changed on the way, are noticed before a number is used.
 *
 * @param sequence number of the exchange, counted by each rank from 0
 * @param offset of the first word in the buffer
 * @param count of words
 * @param checksum CRC-32C of the words
 */
record ChunkHeader(Operation operation, long sequence, long offset, int count, int checksum) {
  static final int BYTES = 32;

  /**
   * Words in a stretch, at most. A mebibyte amortises system calls and still stays in the cache.
   */
  static final int MOST_WORDS = 1 << 16;

  private static final int MAGIC = 0x4C59_4343;

  /** The exchanges. Sums and copies of one all-reduce are different. */
  enum Operation {
    SUM(1),
    COPY(2),
    GATHER(3),
    SCATTER(4);

    private final int code;

    Operation(int code) {
      this.code = code;
    }
  }

  void write(ByteBuffer into) {
    into.putInt(MAGIC);
    into.putInt(operation.code);
    into.putLong(sequence);
    into.putLong(offset);
    into.putInt(count);
    into.putInt(checksum);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws LyceumException of category EXTERNAL when the bytes are no header
   */
  static ChunkHeader read(ByteBuffer from) {
    int magic = from.getInt();
    int code = from.getInt();
    long sequence = from.getLong();
    long offset = from.getLong();
    int count = from.getInt();
    int checksum = from.getInt();
    Optional<Operation> operation =
        Arrays.stream(Operation.values()).filter(one -> one.code == code).findFirst();
    if (magic != MAGIC
        || operation.isEmpty()
        || sequence < 0
        || offset < 0
        || count < 1
        || count > MOST_WORDS) {
      throw LyceumException.external(
          "Bytes from the rank before are no header of numbers (magic %08x, operation %d, exchange %d, offset %d, count %d); the connection is not to be trusted."
              .formatted(magic, code, sequence, offset, count));
    }
    return new ChunkHeader(operation.get(), sequence, offset, count, checksum);
  }

  /** Whether the other announces the same words of the same exchange. */
  boolean announcesSameAs(ChunkHeader other) {
    return operation == other.operation
        && sequence == other.sequence
        && offset == other.offset
        && count == other.count;
  }
}
