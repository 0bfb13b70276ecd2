package lyceum.core.recipe;

import lyceum.core.LyceumException;

/**
 * How much of the text that is learned from comes from one source.
 *
 * @param source its name in {@code corpus.sources}
 * @param weight share of the rows, beside the other sources' weights; 0 leaves the source out
 * @param maxEpochs how often its text is gone through at most, after which the other sources take
 *     its share; 0 for as often as its share takes
 */
public record SourceWeight(String source, double weight, int maxEpochs) {
  public SourceWeight {
    Check.name("pretraining.mixture.source", source);
    if (!(weight >= 0) || weight > 1e6) {
      throw LyceumException.user(
          "pretraining.mixture: the weight of '"
              + source
              + "' must lie between 0 and 1e6, not "
              + weight
              + ".");
    }
    Check.notNegative("pretraining.mixture.maxEpochs", maxEpochs);
  }
}
