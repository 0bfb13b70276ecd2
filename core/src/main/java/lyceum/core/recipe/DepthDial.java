package lyceum.core.recipe;

import java.math.BigDecimal;
import java.math.MathContext;
import lyceum.core.ModelConfig;

/**
 * Everything that a number of blocks decides where a recipe does not: the width grows with the
 * depth, the text with the parameters, batch and rate with the arithmetic that both need.
 *
 * @param depth number of blocks
 */
public record DepthDial(int depth) {
  /** Most blocks. */
  public static final int DEEPEST = 256;

  private static final int HEAD_DIM = 64;

  /** Tokens a parameter for the least loss of a given arithmetic (arXiv 2203.15556). */
  private static final int TOKENS_PER_PARAMETER = 20;

  /**
   * Batch in tokens and rate as powers of the arithmetic in floating-point operations, as fitted in
   * arXiv 2401.02954, section 3.1, between 1e17 and 2e19; below and above it they are extrapolated.
   */
  private static final double BATCH_FACTOR = 0.2920;

  private static final double BATCH_POWER = 0.3271;
  private static final double RATE_FACTOR = 0.3118;
  private static final double RATE_POWER = -0.1250;

  private static final int WARMUP_SHARE = 50;
  private static final int LONGEST_WARMUP = 2000;
  private static final int CHECKPOINTS = 20;
  private static final int RAREST_CHECKPOINT = 1000;

  public DepthDial {
    Check.between("model.depth", depth, 1, DEEPEST);
  }

  /** Width of the residual stream: heads of 64. */
  public int embeddingDim() {
    return heads() * HEAD_DIM;
  }

  /** As many heads as blocks, or one more to make them even. */
  public int heads() {
    return depth + depth % 2;
  }

  /** One key and value head for two query heads. */
  public int keyValueHeads() {
    return heads() / 2;
  }

  /** Eight thirds of the width, up to a multiple of 64. */
  public int feedForwardDim() {
    return Math.ceilDiv(embeddingDim() * 8, 3 * HEAD_DIM) * HEAD_DIM;
  }

  /**
   * How long and how a model is pretrained.
   *
   * @param steps at {@code batchSize} rows for 20 tokens a parameter
   * @param warmupSteps a fiftieth of the steps
   * @param every steps between checkpoints, and between measurements
   */
  public record Horizon(
      int steps, int batchSize, double learningRate, int warmupSteps, int every) {}

  /**
   * The horizon of a model.
   *
   * @param contextLength tokens a row
   */
  public static Horizon horizon(ModelConfig model, int contextLength) {
    double parameters = model.parameterCount();
    double tokens = TOKENS_PER_PARAMETER * parameters;
    double arithmetic = 6 * parameters * tokens;
    double rows = BATCH_FACTOR * Math.pow(arithmetic, BATCH_POWER) / contextLength;
    int batchSize = 1 << Math.clamp(Math.round(Math.log(rows) / Math.log(2)), 0, 20);
    int steps = (int) Math.clamp(Math.ceil(tokens / batchSize / contextLength), 1, 1e9);
    double rate = RATE_FACTOR * Math.pow(arithmetic, RATE_POWER);
    int every = Math.clamp(steps / CHECKPOINTS, 1, RAREST_CHECKPOINT);
    return new Horizon(
        steps,
        batchSize,
        new BigDecimal(rate).round(new MathContext(3)).doubleValue(),
        Math.clamp(steps / WARMUP_SHARE, 1, LONGEST_WARMUP),
        every);
  }
}
