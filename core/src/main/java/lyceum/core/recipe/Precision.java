package lyceum.core.recipe;

/**
 * In which numbers a training multiplies matrices. Weights, their gradients' sums and updates are
 * always f32.
 */
public enum Precision {
  /** 32 bits throughout. */
  F32,
  /**
   * Factors and results of matrix products are rounded to bfloat16, sums within a product are not;
   * norms, softmax, residual stream and loss stay in 32 bits.
   */
  BF16
}
