package lyceum.data.tokenizer;

/**
 * What the pre-tokenizing patterns tell apart: letters ({@code \p{L}}), numbers ({@code \p{N}}),
 * line ends, other white space, and all else.
 */
final class CharacterClass {
  static final byte OTHER = 0;
  static final byte LETTER = 1;
  static final byte NUMBER = 2;

  /** White space but for {@link #LINE_END}. */
  static final byte SPACE = 3;

  /** {@code \r} and {@code \n}; white space too. */
  static final byte LINE_END = 4;

  private static final byte[] OF_BMP = new byte[1 << 16];

  static {
    for (int c = 0; c < OF_BMP.length; c++) {
      OF_BMP[c] = compute(c);
    }
  }

  private CharacterClass() {}

  static byte of(int codePoint) {
    return codePoint < OF_BMP.length ? OF_BMP[codePoint] : compute(codePoint);
  }

  private static byte compute(int codePoint) {
    if (codePoint == '\r' || codePoint == '\n') {
      return LINE_END;
    }
    if ((codePoint >= 0x9 && codePoint <= 0xD) || codePoint == 0x85) {
      return SPACE;
    }
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          LETTER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          SPACE;
      default -> OTHER;
    };
  }
}
