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

  /**
   * Of the native operations: tokens whose logits' gradient is kept at a time, all and a thread's.
   */
  private static final int HEAD_TOKENS = 1024;

  private static final int HEAD_BLOCK = 128;

  /** That share an operation; {@code Computation} of the module {@code model} says so. */
  private static final int THREADS = 2;

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

  /** The same with other ways to compute it. */
  TrainingWork computed(boolean half, boolean again) {
    return new TrainingWork(name, model, steps, rows, length, half, again);
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

  /** Bytes of one number for every parameter. */
  public long parameterBytes() {
    return model.parameterCount() * FLOAT_BYTES;
  }

  /**
   * Bytes of what a step computes besides gradients, at its peak.
   *
   * @param microRows rows worked on at a time
   */
  public long activationBytes(int microRows, Operations operations) {
    double bytes =
        switch (operations) {
          case NATIVE -> nativeBytes(microRows);
          case STOCK -> stockBytes(microRows);
        };
    return (long) bytes;
  }

  /**
   * Of the native operations, which compute in pieces and keep what the way back needs.
   *
   * <p>All matrices lie packed for the way forth and for the way back. A block keeps for each token
   * its input and its middle (2 C, f32), scales of norms and attention (2 + H, f32), and in the
   * precision of products queries, keys and values (C + 2 K), mixed values, the same packed, both
   * norms packed (4 C) and gate and up (2 F). Whatever the number of blocks, each token has its
   * last state and three gradients of that width (4 C, f32), and on the way back through a block
   * its gradients packed (C + 2 K + 2 C + 3 F). The head is done for {@value #HEAD_TOKENS} tokens
   * at a time.
   */
  private double nativeBytes(int microRows) {
    double element = halfPrecision ? 2 : FLOAT_BYTES;
    double width = model.embeddingDim();
    double keyValueWidth = (double) model.keyValueHeads() * model.headDim();
    double forward = model.feedForwardDim();
    double vocabulary = model.vocabularySize();
    double matrices =
        model.layers() * (2 * width * (width + keyValueWidth) + 3 * width * forward)
            + width * vocabulary;
    double mixed = width + 2 * keyValueWidth;
    double input = FLOAT_BYTES * width;
    double rest =
        FLOAT_BYTES * (width + 2 + model.heads()) + element * (mixed + 4 * width + 2 * forward);
    double blocks = recompute ? model.layers() * input + rest : model.layers() * (input + rest);
    double once = FLOAT_BYTES * 4 * width + element * (mixed + 2 * width + 3 * forward);
    double head = HEAD_TOKENS * element * (width + vocabulary);
    double threads =
        THREADS
            * (HEAD_BLOCK * vocabulary * (FLOAT_BYTES + element)
                + length * (element * width + FLOAT_BYTES * mixed));
    return 2 * element * matrices + (double) microRows * length * (blocks + once) + head + threads;
  }

  /**
   * Of TensorFlow's own operations.
   *
   * <p>A block keeps for each token its input and its middle with their norms (4 C), queries, keys
   * and values before and after rotation (2 C + 4 K), the mixed values (C), gate, up, their
   * sigmoid, silu and product (5 F), and the rows of attention (H T). The head keeps logits,
   * probabilities and their gradient (3 V). They are f32 in bf16 training too: products round their
   * factors, which are kept besides, as are the weights in bf16.
   */
  private double stockBytes(int microRows) {
    double width = model.embeddingDim();
    double keyValueWidth = (double) model.keyValueHeads() * model.headDim();
    double block =
        7 * width
            + 4 * keyValueWidth
            + 5.0 * model.feedForwardDim()
            + (double) model.heads() * length;
    double blocks = recompute ? block + model.layers() * width : model.layers() * block;
    double head = 2 * width + 3.0 * model.vocabularySize();
    return (double) microRows * length * FLOAT_BYTES * (blocks + head)
        + (halfPrecision ? parameterBytes() / 2.0 : 0);
  }
}
