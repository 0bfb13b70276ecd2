package lyceum.model.parallel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/** Sends stretches of buffers to the next rank, in order, on a thread of its own. */
final class Outgoing implements AutoCloseable {
  private final SocketChannel next;
  private final Consumer<IOException> end;
  private final LinkedBlockingQueue<Stretch> queue = new LinkedBlockingQueue<>();
  private final ByteBuffer staged =
      ByteBuffer.allocateDirect(ChunkHeader.BYTES + Float.BYTES * ChunkHeader.MOST_WORDS)
          .order(ByteOrder.LITTLE_ENDIAN);
  private final MemorySegment stagedWords = MemorySegment.ofBuffer(staged);
  private final Thread thread;

  /**
   * Words to send.
   *
   * @param header its checksum is made when it is sent
   * @param from where the words begin in the buffer, in words
   * @param sent runs when the buffer is free again
   */
  record Stretch(ChunkHeader header, MemorySegment buffer, long from, Runnable sent) {}

  /**
   * @param end hears why sending ended, if it did before the close
   */
  Outgoing(SocketChannel next, int rank, Consumer<IOException> end) {
    this.next = next;
    this.end = end;
    this.thread = Thread.ofPlatform().daemon().name("rank " + rank + " sends").start(this::send);
  }

  void add(Stretch stretch) {
    queue.add(stretch);
  }

  private void send() {
    try {
      while (true) {
        Stretch stretch = queue.take();
        stage(stretch);
        while (staged.hasRemaining()) {
          next.write(staged);
        }
        stretch.sent().run();
      }
    } catch (IOException e) {
      end.accept(e);
    } catch (InterruptedException e) {
      // The group closes.
    }
  }

  private void stage(Stretch stretch) {
    ChunkHeader header = stretch.header();
    int bytes = Float.BYTES * header.count();
    MemorySegment.copy(
        stretch.buffer(), Float.BYTES * stretch.from(), stagedWords, ChunkHeader.BYTES, bytes);
    staged.clear().position(ChunkHeader.BYTES).limit(ChunkHeader.BYTES + bytes);
    CRC32C checksum = new CRC32C();
    checksum.update(staged);
    staged.position(0);
    new ChunkHeader(
            header.operation(),
            header.sequence(),
            header.offset(),
            header.count(),
            (int) checksum.getValue())
        .write(staged);
    staged.position(0);
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
