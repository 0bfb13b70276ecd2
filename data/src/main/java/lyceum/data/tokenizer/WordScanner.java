package lyceum.data.tokenizer;

/**
 * The pattern of GPT-4 (cl100k) and its relatives: words take one sign before them, numbers stand
 * apart from words, line ends go with what is before them.
 *
 * @param longestNumber digits a piece may hold at most
 * @param anyCase whether contractions are matched as {@code (?i:…)} does, which folds U+017F (ſ)
 *     with s; otherwise ASCII letters of both cases
 */
record WordScanner(int longestNumber, boolean anyCase) implements PieceScanner {
  private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String ASCII_CONTRACTIONS = "'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])";

  /** The regular expression; means the same to Java and to Oniguruma. */
  String pattern() {
    return (anyCase ? CONTRACTIONS : ASCII_CONTRACTIONS)
        + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
        + "|\\p{N}"
        + (longestNumber == 1 ? "" : "{1," + longestNumber + "}")
        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
        + "|\\s*[\\r\\n]+"
        + "|\\s+(?!\\S)"
        + "|\\s+";
  }

  @Override
  public int end(byte[] text, int from, int to) {
    int first = text[from];
    byte characterClass;
    int second;
    if (first >= 0) {
      characterClass = CharacterClass.of(first);
      second = from + 1;
    } else {
      characterClass = CharacterClass.of(Utf8.codePoint(text, from));
      second = from + Utf8.width(text, from);
    }
    switch (characterClass) {
      case CharacterClass.LETTER:
        return PieceScanner.run(text, second, to, CharacterClass.LETTER);
      case CharacterClass.NUMBER:
        return numbers(text, second, to);
      case CharacterClass.OTHER:
        if (first == '\'') {
          int contraction = contraction(text, second, to);
          if (contraction > 0) {
            return contraction;
          }
        }
        int word = PieceScanner.run(text, second, to, CharacterClass.LETTER);
        return word > second ? word : signs(text, second, to);
      case CharacterClass.SPACE:
        int letters = PieceScanner.run(text, second, to, CharacterClass.LETTER);
        if (letters > second) {
          return letters;
        }
        if (first == ' ') {
          int others = PieceScanner.run(text, second, to, CharacterClass.OTHER);
          if (others > second) {
            return PieceScanner.run(text, others, to, CharacterClass.LINE_END);
          }
        }
        return white(text, from, second, to);
      default:
        return white(text, from, second, to);
    }
  }

  private int numbers(byte[] text, int second, int to) {
    int at = second;
    for (int count = 1; count < longestNumber && at < to; count++) {
      if (CharacterClass.of(Utf8.codePoint(text, at)) != CharacterClass.NUMBER) {
        break;
      }
      at += Utf8.width(text, at);
    }
    return at;
  }

  /** The rest of {@code [^\s\p{L}\p{N}]+[\r\n]*} after its first sign. */
  private static int signs(byte[] text, int second, int to) {
    int others = PieceScanner.run(text, second, to, CharacterClass.OTHER);
    return PieceScanner.run(text, others, to, CharacterClass.LINE_END);
  }

  /** {@code \s*[\r\n]+}: up to the last line end of the run; without one, as other white space. */
  private static int white(byte[] text, int from, int second, int to) {
    int afterLineEnd = text[from] == '\n' || text[from] == '\r' ? second : -1;
    int last = second;
    int at = second;
    while (at < to) {
      byte characterClass = CharacterClass.of(Utf8.codePoint(text, at));
      if (characterClass == CharacterClass.LINE_END) {
        afterLineEnd = at + 1;
      } else if (characterClass != CharacterClass.SPACE) {
        break;
      }
      last = at;
      at += Utf8.width(text, at);
    }
    if (afterLineEnd >= 0) {
      return afterLineEnd;
    }
    return at == to ? to : last;
  }

  /** End of the contraction after an apostrophe, or -1. */
  private int contraction(byte[] text, int at, int to) {
    if (at >= to) {
      return -1;
    }
    int next = at + 1 < to ? text[at + 1] : 0;
    // Setting this bit makes capitals small, and makes nothing else a small letter.
    return switch (text[at] | 0x20) {
      case 's', 't', 'm', 'd' -> at + 1;
      case 'r', 'v' -> (next | 0x20) == 'e' ? at + 2 : -1;
      case 'l' -> (next | 0x20) == 'l' ? at + 2 : -1;
      default ->
          // U+017F in UTF-8.
          anyCase && text[at] == (byte) 0xC5 && next == (byte) 0xBF ? at + 2 : -1;
    };
  }
}
