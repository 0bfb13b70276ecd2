package lyceum.data.tokenizer;

/**
 * Where Lyceum's own tokenizers cut text into the pieces inside which merges may happen. The
 * pattern is GPT-4's (cl100k) with two changes: digits stand alone, so that numbers are read digit
 * by digit, and the contractions are spelled out in both cases instead of matched
 * case-insensitively, because engines fold case differently outside ASCII.
 */
final class PreTokenizer {
  static final WordScanner SCANNER = new WordScanner(1, false);

  /** As written into {@code tokenizer.json}. */
  static final String PATTERN = SCANNER.pattern();

  private PreTokenizer() {}
}
