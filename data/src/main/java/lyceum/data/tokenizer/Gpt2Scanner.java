package lyceum.data.tokenizer;

/** The pattern of GPT-2: a word, a number or a run of signs takes the space before it. */
record Gpt2Scanner() implements PieceScanner {
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
      if (after != CharacterClass.SPACE && after != CharacterClass.LINE_END) {
        characterClass = after;
        second += Utf8.width(text, second);
      }
    }
    return switch (characterClass) {
      case CharacterClass.SPACE, CharacterClass.LINE_END -> PieceScanner.spaces(text, second, to);
      default -> PieceScanner.run(text, second, to, characterClass);
    };
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
