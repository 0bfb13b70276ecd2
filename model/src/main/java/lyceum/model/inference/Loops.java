package lyceum.model.inference;

/**
 * The loops in which the time goes, in the form that the JIT compiler vectorises: one index, no
 * reduction, no branch. Every element takes its terms in ascending order, so that grouping them
 * changes speed and never a bit.
 */
final class Loops {
  private Loops() {}

  /** {@code y += a w} over {@code [from, to)}. */
  static void add(float[] w, float a, float[] y, int from, int to) {
    for (int o = from; o < to; o++) {
      y[o] = y[o] + a * w[o];
    }
  }

  /**
   * {@code y += x[i] w[i] + … + x[i+3] w[i+3]} over {@code [from, to)}.
   *
   * <p>Four terms and one sum, not more: a longer body passes the compiler's limit for unrolling
   * (LoopUnrollLimit), and a loop that is not unrolled is not vectorised. Eight terms, or two sums,
   * ran at a quarter of the speed.
   */
  static void addFour(float[][] w, int i, float[] x, float[] y, int from, int to) {
    float[] w0 = w[i];
    float[] w1 = w[i + 1];
    float[] w2 = w[i + 2];
    float[] w3 = w[i + 3];
    float x0 = x[i];
    float x1 = x[i + 1];
    float x2 = x[i + 2];
    float x3 = x[i + 3];
    for (int o = from; o < to; o++) {
      y[o] = (((y[o] + x0 * w0[o]) + x1 * w1[o]) + x2 * w2[o]) + x3 * w3[o];
    }
  }

  /** The nearest number that bfloat16 holds, of two as near the even one. */
  static float bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Float.intBitsToFloat((bits + 0x7FFF + ((bits >>> 16) & 1)) & 0xFFFF_0000);
  }

  /**
   * e to the {@code x}, within 2e-7 of the value, from additions and multiplications alone: the
   * JDK's {@code Math.exp} may differ in the last bit between machines. Below -87 it is 0; above 88
   * it stays at e^88.
   */
  static float exp(float x) {
    if (x < -87f) {
      return 0;
    }
    float bounded = Math.min(x, 88f);
    float scaled = bounded * 1.44269504f;
    int power = (int) (scaled + (scaled < 0 ? -0.5f : 0.5f));
    // The logarithm of 2 in two parts, the first exact when multiplied (Cephes, expf).
    float r = (bounded - power * 0.693359375f) + power * 2.12194440e-4f;
    float series = 1.9875691500e-4f;
    series = series * r + 1.3981999507e-3f;
    series = series * r + 8.3334519073e-3f;
    series = series * r + 4.1665795894e-2f;
    series = series * r + 1.6666665459e-1f;
    series = series * r + 5.0000001201e-1f;
    return (series * r * r + r + 1f) * Float.intBitsToFloat((power + 127) << 23);
  }
}
