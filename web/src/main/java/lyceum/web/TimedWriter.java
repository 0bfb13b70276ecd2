package lyceum.web;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Writes to a client that has to take what it asked for: when a part of it waits too long for the
 * client to read, the connection is closed, which ends the write with an error. A client that asks
 * and never reads would hold a thread and its place among the requests for ever.
 */
final class TimedWriter implements DataWriter {
  /** Written at a time, so that a large answer may take long as long as it moves. */
  private static final int PART = 64 * 1024;

  private static final Duration LOOK = Duration.ofMillis(200);

  // A write costs an entry here, not a timer: there is one for each token of an answer.
  private static final Set<TimedWriter> writing = ConcurrentHashMap.newKeySet();

  static {
    Thread.ofPlatform().daemon().name("writes that wait").start(TimedWriter::watch);
  }

  private final DataWriter writer;
  private final Runnable close;
  private final long patienceNanos;

  private volatile long begunNanos;

  /**
   * @param close closes the connection, from any thread
   * @param patience for a part
   */
  TimedWriter(DataWriter writer, Runnable close, Duration patience) {
    this.writer = writer;
    this.close = close;
    this.patienceNanos = patience.toNanos();
  }

  private static void watch() {
    while (true) {
      try {
        Thread.sleep(LOOK);
      } catch (InterruptedException e) {
        return;
      }
      long now = System.nanoTime();
      for (TimedWriter one : writing) {
        if (now - one.begunNanos > one.patienceNanos && writing.remove(one)) {
          // Closing may wait for the client as well.
          Thread.ofVirtual().name("close a connection").start(one.close);
        }
      }
    }
  }

  private void timed(Runnable write) {
    begunNanos = System.nanoTime();
    writing.add(this);
    try {
      write.run();
    } finally {
      writing.remove(this);
    }
  }

  private void inParts(BufferData data, Consumer<BufferData> write) {
    while (data.available() > PART) {
      byte[] bytes = new byte[PART];
      BufferData part = BufferData.create(bytes, 0, data.read(bytes));
      timed(() -> write.accept(part));
    }
    timed(() -> write.accept(data));
  }

  @Override
  public void write(BufferData... parts) {
    for (BufferData data : parts) {
      write(data);
    }
  }

  @Override
  public void write(BufferData data) {
    inParts(data, writer::write);
  }

  @Override
  public void writeNow(BufferData... parts) {
    for (BufferData data : parts) {
      writeNow(data);
    }
  }

  @Override
  public void writeNow(BufferData data) {
    inParts(data, writer::writeNow);
  }

  @Override
  public void flush() {
    timed(writer::flush);
  }

  @Override
  public void close() {
    writer.close();
  }
}
