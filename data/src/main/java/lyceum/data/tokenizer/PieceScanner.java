package lyceum.data.tokenizer;

/**
 * Finds where pieces of text end; merges never cross the ends. Written by hand after a regular
 * expression, which says the same and is what {@code tokenizer.json} holds; the tests hold the two
 * against each other.
 */
interface PieceScanner {
  /**
   * The end of the piece that begins at a place.
   *
   * @param text valid UTF-8
   * @param from first byte of a code point, before {@code to}
   * @param to end of the text
   * @return after {@code from}, at most {@code to}
   */
  int end(byte[] text, int from, int to);

  /** End of the run of one class that begins at a place; the place itself where there is none. */
  static int run(byte[] text, int from, int to, byte characterClass) {
    int at = from;
    while (at < to) {
      int first = text[at];
      if (first >= 0) {
        if (CharacterClass.of(first) != characterClass) {
          return at;
        }
        at++;
      } else {
        if (CharacterClass.of(Utf8.codePoint(text, at)) != characterClass) {
          return at;
        }
        at += Utf8.width(text, at);
      }
    }
    return at;
  }
}
