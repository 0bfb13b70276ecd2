package lyceum.core.recipe;

/**
 * Thresholds of the quality rules (Gopher, arXiv 2112.11446, table A1), applied per document.
 *
 * @param minWords fewest words
 * @param maxWords most words
 * @param minMeanWordLength in characters
 * @param maxMeanWordLength in characters
 * @param maxSymbolRatio most {@code #} or ellipses a word
 * @param maxBulletLineRatio largest share of lines that start with a bullet
 * @param maxEllipsisLineRatio largest share of lines that end in an ellipsis
 * @param minAlphabeticWordRatio smallest share of words with a letter
 * @param minStopWords fewest distinct of {the, be, to, of, and, that, have, with}
 * @param maxDuplicateLineRatio largest share of lines that repeat an earlier line
 */
public record QualitySettings(
    int minWords,
    int maxWords,
    double minMeanWordLength,
    double maxMeanWordLength,
    double maxSymbolRatio,
    double maxBulletLineRatio,
    double maxEllipsisLineRatio,
    double minAlphabeticWordRatio,
    int minStopWords,
    double maxDuplicateLineRatio) {
  public QualitySettings {
    Check.notNegative("corpus.quality.minWords", minWords);
    Check.between("corpus.quality.maxWords", maxWords, Math.max(1, minWords), Integer.MAX_VALUE);
    Check.between("corpus.quality.maxMeanWordLength", maxMeanWordLength, minMeanWordLength, 1000);
    Check.between("corpus.quality.maxSymbolRatio", maxSymbolRatio, 0, 1);
    Check.between("corpus.quality.maxBulletLineRatio", maxBulletLineRatio, 0, 1);
    Check.between("corpus.quality.maxEllipsisLineRatio", maxEllipsisLineRatio, 0, 1);
    Check.between("corpus.quality.minAlphabeticWordRatio", minAlphabeticWordRatio, 0, 1);
    Check.between("corpus.quality.minStopWords", minStopWords, 0, 8);
    Check.between("corpus.quality.maxDuplicateLineRatio", maxDuplicateLineRatio, 0, 1);
  }
}
