package lyceum.serving;

import java.util.List;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.inference.TokenConstraint;

/**
 * Lets only such tokens come as keep the answer a JSON object, and only such as leave enough of the
 * allowed tokens to end it: the answer is a whole object even where it runs into its limit.
 */
final class JsonConstraint implements TokenConstraint {
  private final byte[][] bytesOfToken;
  private final int endToken;
  private final JsonMachine machine;
  private final JsonMachine trial;
  private int left;

  /**
   * @param machine has taken nothing yet
   * @param tokens that the answer may have; where they are too few for any object, they are not
   *     looked at
   */
  JsonConstraint(BpeTokenizer tokenizer, JsonMachine machine, int tokens) {
    this.bytesOfToken = new byte[tokenizer.vocabularySize()][];
    for (int id = 0; id < bytesOfToken.length; id++) {
      bytesOfToken[id] = tokenizer.tokenBytes(id);
    }
    this.endToken = tokenizer.controlToken(SpecialTokens.END);
    this.machine = machine;
    this.trial = machine.copy();
    // The last token is the end token.
    this.left = tokens > machine.distance() ? tokens - 1 : Integer.MAX_VALUE;
  }

  static JsonConstraint object(BpeTokenizer tokenizer, int tokens) {
    return new JsonConstraint(tokenizer, new JsonMachine(), tokens);
  }

  /** A call of one of the tools, as {@link Tools} reads it. */
  static JsonConstraint call(BpeTokenizer tokenizer, List<byte[]> openings, int tokens) {
    return new JsonConstraint(tokenizer, new JsonMachine(openings, Tools.CALL_END), tokens);
  }

  @Override
  public void restrict(float[] logits) {
    for (int id = 0; id < logits.length; id++) {
      if (!allows(id)) {
        logits[id] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  private boolean allows(int id) {
    if (id == endToken) {
      return machine.done();
    }
    if (machine.done() || id >= bytesOfToken.length || bytesOfToken[id].length == 0) {
      return false;
    }
    trial.become(machine);
    for (byte b : bytesOfToken[id]) {
      if (!trial.accept(b)) {
        return false;
      }
    }
    // Each byte is a token of its own if need be.
    return trial.distance() < left;
  }

  @Override
  public void accept(int token) {
    left = left == Integer.MAX_VALUE ? left : left - 1;
    if (token < bytesOfToken.length) {
      for (byte b : bytesOfToken[token]) {
        machine.accept(b);
      }
    }
  }
}
