package lyceum.data.tokenizer;

import java.util.Arrays;

/**
 * The printable character that stands for each byte in {@code tokenizer.json} (GPT-2's table:
 * printable Latin-1 stands for itself, every other byte for the next free character from U+0100
 * on).
 */
final class ByteAlphabet {
  private static final char[] CHARACTER_OF_BYTE = new char[256];
  private static final int[] BYTE_OF_CHARACTER = new int[256 + 68];

  static {
    Arrays.fill(BYTE_OF_CHARACTER, -1);
    int next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      char character = (char) (printable ? b : next++);
      CHARACTER_OF_BYTE[b] = character;
      BYTE_OF_CHARACTER[character] = b;
    }
  }

  private ByteAlphabet() {}

  static String text(byte[] bytes) {
    char[] text = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      text[i] = CHARACTER_OF_BYTE[bytes[i] & 0xFF];
    }
    return new String(text);
  }

  /** The bytes a vocabulary entry stands for, or null when a character of it stands for no byte. */
  static byte @org.jspecify.annotations.Nullable [] bytes(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      char character = text.charAt(i);
      int b = character < BYTE_OF_CHARACTER.length ? BYTE_OF_CHARACTER[character] : -1;
      if (b < 0) {
        return null;
      }
      bytes[i] = (byte) b;
    }
    return bytes;
  }
}
