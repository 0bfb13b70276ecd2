package lyceum.model.inference;

import lyceum.core.LyceumException;

/**
 * What a model continued a prompt with.
 *
 * @param ids new tokens, the end token last when {@code finished}
 * @param finished whether the model ended by itself; otherwise it was cut off
 * @param logProbs natural logarithm of each token's probability under the model itself: full
 *     vocabulary, temperature 1, nothing cut off, however the token was chosen
 */
public record Generation(int[] ids, boolean finished, float[] logProbs) {
  public Generation {
    if (ids.length != logProbs.length) {
      throw LyceumException.internal(
          ids.length + " tokens with " + logProbs.length + " log-probabilities.");
    }
  }
}
