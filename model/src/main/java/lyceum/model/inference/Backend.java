package lyceum.model.inference;

import lyceum.core.ModelConfig;

/**
 * A model's forward pass over tokens of many sequences at once. Keys and values stay with the
 * backend, in blocks of {@link BlockTable#BLOCK} positions that the caller hands out; a row's
 * numbers depend on its sequence alone, never on the rows beside it nor on how a sequence is cut
 * into calls.
 *
 * <p>One call at a time.
 */
public interface Backend {
  ModelConfig config();

  /** Blocks of keys and values there are, numbered from 0. */
  int blocks();

  /** Most rows of a call. */
  int mostRows();

  /** Most rows of a call whose logits are wanted. */
  int mostWanted();

  /**
   * Takes tokens through the model and stores their keys and values.
   *
   * @return valid until the next call
   * @throws lyceum.core.LyceumException INTERNAL when the batch is larger than it may be or names a
   *     token, position or block that does not exist
   */
  Output forward(Batch batch);

  /** Bytes of weights that a call for one row reads: what bounds decoding on a processor. */
  long weightBytes();

  /**
   * What a call leaves.
   *
   * @param logits of the i-th wanted row from {@code i * stride}; empty where none were asked for
   * @param stride at least the vocabulary's size
   * @param hidden final normed states {@code [wanted][embeddingDim]}
   */
  record Output(float[] logits, int stride, float[] hidden) {}
}
