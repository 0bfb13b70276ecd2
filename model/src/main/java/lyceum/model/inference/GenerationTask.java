package lyceum.model.inference;

import java.util.Optional;
import lyceum.core.LyceumException;

/**
 * What the engine is asked to do with one prompt.
 *
 * @param prompt at least one token
 * @param seed of the random numbers
 * @param reproducible whether the answer must be the same for the same seed under any load; costs
 *     some of what speculation gains where the temperature is above 0
 * @param alternatives how many of the likeliest tokens are reported beside each token with their
 *     log-probabilities; -1: no log-probabilities at all
 * @param scorePrompt whether the prompt's own tokens are reported so, too
 * @param generate false: the prompt is scored and nothing is added
 * @param ignoreEnd whether the end token is a token like any other, as measurements of speed want
 * @param client whose turn it is when several wait; the clients take turns
 */
public record GenerationTask(
    int[] prompt,
    SamplingSettings sampling,
    Penalties penalties,
    long seed,
    boolean reproducible,
    int alternatives,
    boolean scorePrompt,
    boolean generate,
    boolean ignoreEnd,
    Optional<TokenConstraint> constraint,
    String client) {
  public GenerationTask {
    if (prompt.length == 0) {
      throw LyceumException.user("There is no token to go on from; a prompt has at least one.");
    }
    if (!generate && !scorePrompt) {
      throw LyceumException.user("Neither an answer nor the prompt's scores are asked for.");
    }
  }

  /** An answer to the prompt, nothing reported beside its tokens. */
  public static GenerationTask of(int[] prompt, SamplingSettings sampling, long seed) {
    return new GenerationTask(
        prompt, sampling, Penalties.NONE, seed, true, -1, false, true, false, Optional.empty(), "");
  }
}
