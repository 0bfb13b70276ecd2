package lyceum.core.recipe;

/**
 * What is added to the cross-entropy to keep logits small.
 *
 * @param zLoss weight of the square of the logarithm of the softmax's normaliser (PaLM, arXiv
 *     2204.02311, section 5); 0 for none
 * @param logitSoftCap c in {@code c tanh(logit / c)}, which takes the logits' place in the loss
 *     that is learned from (Gemma 2, arXiv 2408.00118); 0 for none
 */
public record LossSettings(double zLoss, double logitSoftCap) {
  /** The cross-entropy alone. */
  public static final LossSettings PLAIN = new LossSettings(0, 0);

  public LossSettings {
    Check.between("loss.zLoss", zLoss, 0, 1);
    Check.between("loss.logitSoftCap", logitSoftCap, 0, 10_000);
  }
}
