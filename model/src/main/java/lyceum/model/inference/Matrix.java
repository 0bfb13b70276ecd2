package lyceum.model.inference;

import lyceum.model.format.FloatTensor;

/**
 * A weight matrix laid out for products with a few vectors at a time.
 *
 * <p>It is kept transposed, a row of all outputs for each input, because then the inner loop runs
 * over outputs and has no reduction: the JIT compiler turns it into vector instructions, which it
 * may not do for a sum of floats. Each output is summed over the inputs in ascending order,
 * whatever the number of vectors, so that a vector's product does not depend on its company.
 */
final class Matrix {
  /**
   * Outputs worked on at a time: four rows of weights then stay in the first-level cache while all
   * vectors take them up.
   */
  private static final int TILE = 1024;

  /** Shape {@code [in][out]}. */
  private final float[][] rows;

  private final int out;

  /** From a weight of shape {@code [out, in]}. */
  Matrix(FloatTensor weight) {
    out = weight.shape()[0];
    int in = weight.shape()[1];
    rows = new float[in][out];
    float[] values = weight.values();
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        rows[i][o] = values[o * in + i];
      }
    }
  }

  /** The products {@code [count][out]} with the vectors {@code x [count][in]}. */
  float[][] times(float[][] x) {
    int in = rows.length;
    float[][] y = new float[x.length][out];
    for (int from = 0; from < out; from += TILE) {
      int to = Math.min(out, from + TILE);
      int i = 0;
      for (; i + 4 <= in; i += 4) {
        for (int r = 0; r < x.length; r++) {
          Loops.addFour(rows, i, x[r], y[r], from, to);
        }
      }
      for (; i < in; i++) {
        for (int r = 0; r < x.length; r++) {
          Loops.add(rows[i], x[r][i], y[r], from, to);
        }
      }
    }
    return y;
  }
}
