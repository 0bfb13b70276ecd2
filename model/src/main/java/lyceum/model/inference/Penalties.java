package lyceum.model.inference;

import java.util.Map;
import lyceum.core.LyceumException;

/**
 * What is done to the logits before a token is chosen from them, in this order; log-probabilities
 * are of the logits before.
 *
 * @param repetition logits of tokens of the prompt or the answer are divided by it where positive,
 *     multiplied where negative (arXiv 1909.05858); 1 leaves them
 * @param presence subtracted from the logits of tokens of the answer
 * @param frequency subtracted from a token's logit as often as the answer has it
 * @param bias added to tokens' logits
 */
public record Penalties(
    double repetition, double presence, double frequency, Map<Integer, Float> bias) {
  /** Leaves the logits as they are. */
  public static final Penalties NONE = new Penalties(1, 0, 0, Map.of());

  public Penalties {
    bias = Map.copyOf(bias);
    if (!(repetition > 0 && repetition <= 100)) {
      throw LyceumException.user(
          "repetition_penalty must be above 0 and at most 100, not " + repetition + ".");
    }
  }

  boolean none() {
    return repetition == 1 && presence == 0 && frequency == 0 && bias.isEmpty();
  }
}
