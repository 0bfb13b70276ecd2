package lyceum.model.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.zip.CRC32C;
import lyceum.core.LyceumException;
import lyceum.model.parallel.ChunkHeader.Operation;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class FramesTest {
  private static final int WORDS = 50;

  @Property
  void header_writtenAndRead_isTheSame(
      @ForAll Operation operation,
      @ForAll @LongRange(min = 0) long sequence,
      @ForAll @LongRange(min = 0) long offset,
      @ForAll @IntRange(min = 1, max = ChunkHeader.MOST_WORDS) int count,
      @ForAll int checksum) {
    ChunkHeader header = new ChunkHeader(operation, sequence, offset, count, checksum);
    ByteBuffer bytes = ByteBuffer.allocate(ChunkHeader.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.write(bytes);
    assertThat(ChunkHeader.read(bytes.flip())).isEqualTo(header);
  }

  @Property
  void header_ofAnyBytes_isReadOrRefused(@ForAll @Size(ChunkHeader.BYTES) byte[] bytes) {
    assertThatThrownBy(
            () -> ChunkHeader.read(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("no header");
  }

  private static byte[] frame() {
    ByteBuffer bytes =
        ByteBuffer.allocate(ChunkHeader.BYTES + 4 * WORDS).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < WORDS; i++) {
      bytes.putFloat(ChunkHeader.BYTES + 4 * i, i);
    }
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.array(), ChunkHeader.BYTES, 4 * WORDS);
    new ChunkHeader(Operation.SUM, 3, 1000, WORDS, (int) checksum.getValue()).write(bytes);
    return bytes.array();
  }

  private static float[] received(byte[] bytes) throws IOException {
    Incoming incoming = new Incoming(Channels.newChannel(new ByteArrayInputStream(bytes)));
    incoming.receive(new ChunkHeader(Operation.SUM, 3, 1000, WORDS, 0));
    float[] numbers = new float[WORDS];
    Arrays.fill(numbers, 1);
    incoming.addTo(MemorySegment.ofArray(numbers), 0, WORDS);
    return numbers;
  }

  @Property(tries = 1)
  void receive_untouchedFrame_addsItsNumbers() throws IOException {
    float[] numbers = received(frame());
    for (int i = 0; i < WORDS; i++) {
      assertThat(numbers[i]).isEqualTo(i + 1f);
    }
  }

  @Property
  void receive_frameWithAChangedByte_isRefused(
      @ForAll @IntRange(max = ChunkHeader.BYTES + 4 * WORDS - 1) int at,
      @ForAll @IntRange(min = 1, max = 255) int change) {
    byte[] bytes = frame();
    bytes[at] ^= (byte) change;
    assertThatThrownBy(() -> received(bytes)).isInstanceOf(LyceumException.class);
  }

  @Property
  void receive_frameCutShort_isRefused(
      @ForAll @IntRange(max = ChunkHeader.BYTES + 4 * WORDS - 1) int length) {
    assertThatThrownBy(() -> received(Arrays.copyOf(frame(), length)))
        .isInstanceOf(IOException.class);
  }
}
