package lyceum.core.recipe;

/**
 * A byte-level BPE tokenizer.
 *
 * @param vocabularySize ids in all: 256 bytes, the special tokens, and the rest merges
 * @param sampleBytes how much text the merges are learned from
 */
public record TokenizerSettings(int vocabularySize, long sampleBytes) {
  public TokenizerSettings {
    Check.between("tokenizer.vocabularySize", vocabularySize, 300, 1_000_000);
    Check.positive("tokenizer.sampleBytes", sampleBytes);
  }
}
