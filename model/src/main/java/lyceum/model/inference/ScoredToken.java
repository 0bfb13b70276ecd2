package lyceum.model.inference;

/**
 * A token with what the model thought of it.
 *
 * @param logProb natural logarithm of its probability under the model itself: full vocabulary,
 *     temperature 1, no penalty, nothing cut off; NaN where none was asked for or the token is the
 *     first of a prompt
 * @param topIds the likeliest tokens in its place, the likeliest first
 * @param topLogProbs theirs
 */
public record ScoredToken(int id, float logProb, int[] topIds, float[] topLogProbs) {
  static final int[] NO_IDS = {};
  static final float[] NO_LOG_PROBS = {};

  static ScoredToken unscored(int id) {
    return new ScoredToken(id, Float.NaN, NO_IDS, NO_LOG_PROBS);
  }
}
