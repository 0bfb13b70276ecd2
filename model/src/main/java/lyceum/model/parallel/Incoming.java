package lyceum.model.parallel;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.zip.CRC32C;
import lyceum.core.LyceumException;

/** Receives stretches of the previous rank's buffer. For one thread. */
final class Incoming {
  private final ReadableByteChannel previous;
  private final ByteBuffer staged =
      ByteBuffer.allocateDirect(ChunkHeader.BYTES + Float.BYTES * ChunkHeader.MOST_WORDS)
          .order(ByteOrder.LITTLE_ENDIAN);
  private final MemorySegment stagedWords = MemorySegment.ofBuffer(staged);
  private final float[] received = new float[ChunkHeader.MOST_WORDS];
  private final float[] own = new float[ChunkHeader.MOST_WORDS];

  Incoming(ReadableByteChannel previous) {
    this.previous = previous;
  }

  /**
   * Receives the words that the header announces.
   *
   * @throws LyceumException of category INTERNAL when other words come, of category EXTERNAL when
   *     they changed on the way
   */
  void receive(ChunkHeader expected) throws IOException {
    staged.clear().limit(ChunkHeader.BYTES + Float.BYTES * expected.count());
    int checksum = 0;
    boolean headerRead = false;
    while (!headerRead || staged.hasRemaining()) {
      if (previous.read(staged) < 0) {
        throw new EOFException();
      }
      if (!headerRead && staged.position() >= ChunkHeader.BYTES) {
        int position = staged.position();
        staged.position(0);
        ChunkHeader found = ChunkHeader.read(staged);
        if (!expected.announcesSameAs(found)) {
          throw LyceumException.internal(
              "The rank before sends %s where %s was to come: the ranks do not do the same steps."
                  .formatted(found, expected));
        }
        checksum = found.checksum();
        staged.position(position);
        headerRead = true;
      }
    }
    CRC32C actual = new CRC32C();
    staged.position(ChunkHeader.BYTES);
    actual.update(staged);
    if ((int) actual.getValue() != checksum) {
      throw LyceumException.external(
          "Numbers changed on the way from the rank before (exchange %d, word %d: checksum %08x, announced %08x)."
              .formatted(
                  expected.sequence(), expected.offset(), (int) actual.getValue(), checksum));
    }
  }

  /** Copies what was received. */
  void copyTo(MemorySegment buffer, long word, int count) {
    MemorySegment.copy(
        stagedWords, ChunkHeader.BYTES, buffer, Float.BYTES * word, (long) Float.BYTES * count);
  }

  /** Adds what was received to a stretch of a buffer. */
  void addTo(MemorySegment buffer, long word, int count) {
    ValueLayout.OfFloat floats = ValueLayout.JAVA_FLOAT_UNALIGNED;
    long offset = Float.BYTES * word;
    MemorySegment.copy(stagedWords, floats, ChunkHeader.BYTES, received, 0, count);
    MemorySegment.copy(buffer, floats, offset, own, 0, count);
    for (int i = 0; i < count; i++) {
      own[i] += received[i];
    }
    MemorySegment.copy(own, 0, buffer, floats, offset, count);
  }
}
