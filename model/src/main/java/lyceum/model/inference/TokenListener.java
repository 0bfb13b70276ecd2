package lyceum.model.inference;

/** Is told of each token when it is chosen. */
@FunctionalInterface
public interface TokenListener {
  /** Wants all tokens there are. */
  TokenListener ALL = (id, logProb) -> true;

  /** Returns whether to go on; {@code false} ends the generation after this token. */
  boolean onToken(int id, float logProb);
}
