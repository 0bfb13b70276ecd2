package lyceum.model.format;

import java.util.Arrays;
import lyceum.core.LyceumException;

/**
 * Numbers with a shape, in row-major order. The arrays are not copied: who hands them over no
 * longer changes them.
 *
 * @param shape sizes from the outermost to the innermost axis; empty for a single number
 * @param values as many as the product of {@code shape}
 */
public record FloatTensor(int[] shape, float[] values) {
  public FloatTensor {
    if (count(shape) != values.length) {
      throw LyceumException.internal(
          "The shape " + Arrays.toString(shape) + " does not hold " + values.length + " values.");
    }
  }

  /** A tensor of zeros. */
  public static FloatTensor zeros(int... shape) {
    return new FloatTensor(shape, new float[Math.toIntExact(count(shape))]);
  }

  /** How many numbers a tensor of this shape holds. */
  public static long count(int[] shape) {
    long count = 1;
    for (int size : shape) {
      if (size < 0) {
        throw LyceumException.internal(
            "The shape " + Arrays.toString(shape) + " has a negative size.");
      }
      count = Math.multiplyExact(count, (long) size);
    }
    return count;
  }

  /** Same shape and the same bits. */
  @Override
  public boolean equals(Object other) {
    return other instanceof FloatTensor that
        && Arrays.equals(shape, that.shape)
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(shape) + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "FloatTensor" + Arrays.toString(shape);
  }
}
