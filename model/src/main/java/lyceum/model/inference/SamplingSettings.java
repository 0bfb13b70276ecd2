package lyceum.model.inference;

import lyceum.core.LyceumException;

/**
 * How the next token is chosen. The logits are divided by the temperature first, then all but the
 * {@code topK} likeliest are cut, then all but the smallest set that holds {@code topP} of what is
 * left, then those whose probability is below {@code minP} times the likeliest one's.
 *
 * @param temperature 0 takes the likeliest token (greedy; of equals the lowest id), 1 the model's
 *     own distribution
 * @param topP share of probability kept, above 0 up to 1; 1 keeps all
 * @param topK number of tokens kept; 0 keeps all
 * @param minP share of the likeliest token's probability that a token needs to be kept; 0 keeps all
 * @param maxNewTokens most tokens to generate, the end token among them
 */
public record SamplingSettings(
    double temperature, double topP, int topK, double minP, int maxNewTokens) {
  public SamplingSettings {
    if (!(temperature >= 0 && temperature <= 100)) {
      throw LyceumException.user(
          "temperature must lie between 0 and 100, not " + temperature + ".");
    }
    if (!(topP > 0 && topP <= 1)) {
      throw LyceumException.user("top_p must be above 0 and at most 1, not " + topP + ".");
    }
    if (topK < 0) {
      throw LyceumException.user("top_k must not be negative, not " + topK + ".");
    }
    if (!(minP >= 0 && minP <= 1)) {
      throw LyceumException.user("min_p must lie between 0 and 1, not " + minP + ".");
    }
    if (maxNewTokens <= 0) {
      throw LyceumException.user(
          "At least one new token must be asked for, not " + maxNewTokens + ".");
    }
  }

  public SamplingSettings(double temperature, double topP, int topK, int maxNewTokens) {
    this(temperature, topP, topK, 0, maxNewTokens);
  }

  /** The likeliest token each time. */
  public static SamplingSettings greedy(int maxNewTokens) {
    return new SamplingSettings(0, 1, 0, maxNewTokens);
  }

  /** The model's own distribution at this temperature, nothing cut off. */
  public static SamplingSettings sampling(double temperature, int maxNewTokens) {
    return new SamplingSettings(temperature, 1, 0, maxNewTokens);
  }
}
