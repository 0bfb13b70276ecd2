package lyceum.data.reader;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into lines at line feeds, in blocks, with a bound on the length of a line.
 */
final class LineReader {
  private final InputStream in;
  private final int longest;
  private final byte[] block = new byte[1 << 16];
  private int from;
  private int to;

  LineReader(InputStream in, int longest) {
    this.in = in;
    this.longest = longest;
  }

  /**
   * The bytes of the next line without its line feed; null at the end; {@code longest + 1} bytes of
   * a line that is longer.
   */
  byte @Nullable [] next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean any = false;
    while (fill()) {
      any = true;
      int end = from;
      while (end < to && block[end] != '\n') {
        end++;
      }
      line.write(block, from, Math.min(end - from, longest + 1 - line.size()));
      boolean complete = end < to;
      from = complete ? end + 1 : end;
      if (complete || line.size() > longest) {
        break;
      }
    }
    return any ? line.toByteArray() : null;
  }

  private boolean fill() throws IOException {
    if (from == to) {
      from = 0;
      to = Math.max(0, in.read(block));
    }
    return from < to;
  }
}
