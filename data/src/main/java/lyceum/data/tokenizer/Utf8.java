package lyceum.data.tokenizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text as bytes. */
final class Utf8 {
  /** Bytes after the end of a padded text, so that 16 can be read from any place of it. */
  static final int PADDING = 16;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Utf8() {}

  /** UTF-8 with U+FFFD, not {@code ?}, in place of what has no UTF-8 form. */
  static byte[] bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    // Only where there is a question mark may one stand for a surrogate without its other half.
    for (byte b : bytes) {
      if (b == '?') {
        return isWellFormed(text) ? bytes : repaired(text).getBytes(StandardCharsets.UTF_8);
      }
    }
    return bytes;
  }

  /** The same with {@link #PADDING} zero bytes behind. */
  static byte[] padded(String text) {
    byte[] bytes = bytes(text);
    return Arrays.copyOf(bytes, bytes.length + PADDING);
  }

  /** Length of {@link #bytes}, without making them. */
  static int length(String text) {
    int length = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        length++;
        if (c >= 0x800) {
          length++;
          if (Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1))) {
            // Four bytes for two chars.
            i++;
          }
        }
      }
    }
    return length;
  }

  private static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  private static String repaired(String text) {
    StringBuilder repaired = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .forEach(repaired::appendCodePoint);
    return repaired.toString();
  }

  /** The code point whose first byte is at a place. */
  static int codePoint(byte[] text, int at) {
    int first = text[at];
    if (first >= 0) {
      return first;
    }
    if (first < (byte) 0xE0) {
      return (first & 0x1F) << 6 | (text[at + 1] & 0x3F);
    }
    if (first < (byte) 0xF0) {
      return (first & 0x0F) << 12 | (text[at + 1] & 0x3F) << 6 | (text[at + 2] & 0x3F);
    }
    return (first & 0x07) << 18
        | (text[at + 1] & 0x3F) << 12
        | (text[at + 2] & 0x3F) << 6
        | (text[at + 3] & 0x3F);
  }

  /** Number of bytes of the code point whose first byte is at a place. */
  static int width(byte[] text, int at) {
    int first = text[at];
    return first >= 0 ? 1 : first < (byte) 0xE0 ? 2 : first < (byte) 0xF0 ? 3 : 4;
  }

  /** Eight bytes from a place on, the first lowest. */
  static long eight(byte[] padded, int at) {
    return (long) LONG.get(padded, at);
  }

  /** The first bytes of a padded text that belong to a piece of that length, at most eight. */
  static long head(byte[] padded, int at, int length) {
    long eight = eight(padded, at);
    return length >= 8 ? eight : eight & ((1L << (length << 3)) - 1);
  }
}
