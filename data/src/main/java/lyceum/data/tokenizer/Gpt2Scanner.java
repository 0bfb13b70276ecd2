package lyceum.data.tokenizer;

/**
 * The pattern of GPT-2: a word, a number or a run of signs takes the space before it.
 *
 * @param digitsApart whether text is cut before and after each digit first, as by the pre-tokenizer
 *     {@code Digits}; the pattern then sees only what is between
 */
record Gpt2Scanner(boolean digitsApart) implements PieceScanner {
  static final String PATTERN =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  @Override
  public int end(byte[] text, int from, int to) {
    if (text[from] == '\'') {
      int contraction = contraction(text, from + 1, to);
      if (contraction > 0) {
        return contraction;
      }
    }
    int begin = from;
    byte characterClass = CharacterClass.of(Utf8.codePoint(text, begin));
    int second = begin + Utf8.width(text, begin);
    if (text[from] == ' ' && second < to) {
      byte after = CharacterClass.of(Utf8.codePoint(text, second));
      if (after != CharacterClass.SPACE
          && after != CharacterClass.LINE_END
          && !(digitsApart && after == CharacterClass.NUMBER)) {
        characterClass = after;
        second += Utf8.width(text, second);
      }
    }
    return switch (characterClass) {
      case CharacterClass.SPACE, CharacterClass.LINE_END -> spaces(text, second, to);
      case CharacterClass.NUMBER ->
          digitsApart ? second : PieceScanner.run(text, second, to, characterClass);
      default -> PieceScanner.run(text, second, to, characterClass);
    };
  }

  /**
   * {@code \s+(?!\S)|\s+} at a white space: all of the run where it ends the text, otherwise all
   * but its last character, which goes with what follows; never nothing.
   *
   * @param second end of the run's first character
   */
  private int spaces(byte[] text, int second, int to) {
    int last = second;
    int at = second;
    while (at < to) {
      byte characterClass = CharacterClass.of(Utf8.codePoint(text, at));
      if (characterClass != CharacterClass.SPACE && characterClass != CharacterClass.LINE_END) {
        return digitsApart && characterClass == CharacterClass.NUMBER ? at : last;
      }
      last = at;
      at += Utf8.width(text, at);
    }
    return to;
  }

  private static int contraction(byte[] text, int at, int to) {
    if (at >= to) {
      return -1;
    }
    int next = at + 1 < to ? text[at + 1] : 0;
    return switch (text[at]) {
      case 's', 't', 'm', 'd' -> at + 1;
      case 'r', 'v' -> next == 'e' ? at + 2 : -1;
      case 'l' -> next == 'l' ? at + 2 : -1;
      default -> -1;
    };
  }
}
