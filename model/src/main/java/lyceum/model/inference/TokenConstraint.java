package lyceum.model.inference;

/**
 * Which tokens may come next, given those that came. One sequence's own; used by one thread at a
 * time.
 */
public interface TokenConstraint {
  /**
   * Sets the logits of tokens that may not come to negative infinity; at least one is left.
   *
   * @param logits one a token of the vocabulary
   */
  void restrict(float[] logits);

  /** Takes a token that was chosen. */
  void accept(int token);
}
