package lyceum.core.plan;

import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;

/**
 * One training as arithmetic: a model, its rows and its steps.
 *
 * @param name for example {@code pretraining}
 * @param rows sequences a step
 * @param length tokens a sequence
 * @param halfPrecision whether matrix products take bf16 numbers; weights, gradients and moments
 *     are f32 either way
 * @param recompute whether activations within a block are computed again on the way back
 */
public record TrainingWork(
    String name,
    ModelConfig model,
    long steps,
    int rows,
    int length,
    boolean halfPrecision,
    boolean recompute) {
  /**
   * Tokens a parameter at which a given amount of arithmetic teaches a model most (Hoffmann et al.,
   * "Training Compute-Optimal Large Language Models", arXiv 2203.15556, table 3).
   */
  public static final double CHINCHILLA_TOKENS_PER_PARAMETER = 20;

  private static final int FLOAT_BYTES = 4;

  public TrainingWork {
    if (steps <= 0 || rows <= 0 || length <= 0) {
      throw LyceumException.user(
          "The training "
              + name
              + " has "
              + steps
              + " steps of "
              + rows
              + " rows of "
              + length
              + " tokens; all must be positive.");
    }
  }

  /** Tokens learned from. */
  public double tokens() {
    return (double) steps * rows * length;
  }

  /** Tokens for each parameter, to be compared with {@link #CHINCHILLA_TOKENS_PER_PARAMETER}. */
  public double tokensPerParameter() {
    return tokens() / model.parameterCount();
  }

  /**
   * Multiplications and additions of the forward pass for one token: two for every weight of a
   * matrix (the embedding is looked up, not multiplied), and for attention two products of the
   * head's width with every token looked at, in every head.
   *
   * @param attended tokens that a token looks at, on average
   */
  public static double forwardFlopsPerToken(ModelConfig model, double attended) {
    double width = model.embeddingDim();
    double keyValueWidth = (double) model.keyValueHeads() * model.headDim();
    double block = 2 * width * (width + keyValueWidth) + 3 * width * model.feedForwardDim();
    double attention = 4 * width * attended;
    return model.layers() * (2 * block + attention) + 2 * width * model.vocabularySize();
  }

  /** Of forward and backward pass together; attention looks at earlier tokens only. */
  public double flopsPerToken() {
    return (recompute ? 4 : 3) * forwardFlopsPerToken(model, (length + 1) / 2.0);
  }

  /** Of the whole training, the updates left out, which are a billionth of it. */
  public double flops() {
    return tokens() * flopsPerToken();
  }

  /** Bytes of the weights: in f32, and once more in bf16 where products take it. */
  public long weightBytes() {
    return model.parameterCount() * (FLOAT_BYTES + (halfPrecision ? 2 : 0));
  }

  public long gradientBytes() {
    return model.parameterCount() * FLOAT_BYTES;
  }

  /** Bytes of both moments of AdamW. */
  public long momentBytes() {
    return model.parameterCount() * 2 * FLOAT_BYTES;
  }

  /**
   * Bytes of what the forward pass leaves for the backward pass.
   *
   * <p>A block keeps for each token its input and its middle with their norms (4 C), queries, keys
   * and values before and after rotation (2 C + 4 K), the mixed values (C), gate, up, their
   * sigmoid, silu and product (5 F), and the rows of attention (H T). The head keeps logits,
   * probabilities and their gradient (3 V). They are f32 in bf16 training too: products round their
   * factors, which are kept besides.
   *
   * @param microRows rows worked on at a time
   */
  public long activationBytes(int microRows) {
    double width = model.embeddingDim();
    double keyValueWidth = (double) model.keyValueHeads() * model.headDim();
    double block =
        7 * width
            + 4 * keyValueWidth
            + 5.0 * model.feedForwardDim()
            + (double) model.heads() * length;
    double blocks = recompute ? block + model.layers() * width : model.layers() * block;
    double head = 2 * width + 3.0 * model.vocabularySize();
    return (long) ((double) microRows * length * FLOAT_BYTES * (blocks + head));
  }
}
