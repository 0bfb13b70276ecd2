package lyceum.model.inference;

import java.util.Arrays;

/**
 * The kernels in plain loops: what the vector instructions are tested against, and what a JVM
 * without them runs.
 */
final class PlainKernels implements Kernels {
  private static final int EXP_CHUNK = 1024;

  @Override
  public int lanes() {
    return PARTS;
  }

  @Override
  public void products(
      PackedMatrix m,
      int from,
      int to,
      float[] x,
      int xStride,
      int firstRow,
      int lastRow,
      float[] y,
      int yStride,
      float[] scratch) {
    for (int panel = from; panel < to; panel++) {
      int column = panel * m.width;
      for (int r = firstRow; r < lastRow; r++) {
        Arrays.fill(y, r * yStride + column, r * yStride + column + m.width, 0);
        if (m.precision == WeightPrecision.F32) {
          addProducts(m, column, x, r * xStride, y, r * yStride);
        } else {
          addGroups(m, column, x, r * xStride, y, r * yStride);
        }
      }
    }
  }

  private static void addProducts(
      PackedMatrix m, int column, float[] x, int xFrom, float[] y, int yFrom) {
    for (int o = column; o < column + m.width; o++) {
      for (int i = 0; i < m.in; i++) {
        y[yFrom + o] = Math.fma(m.unscaled(o, i), x[xFrom + i], y[yFrom + o]);
      }
    }
  }

  private static void addGroups(
      PackedMatrix m, int column, float[] x, int xFrom, float[] y, int yFrom) {
    int group = m.precision == WeightPrecision.INT8 ? PackedMatrix.GROUP : PackedMatrix.BLOCK;
    for (int o = column; o < column + m.width; o++) {
      for (int first = 0; first < m.in; first += group) {
        float sum = 0;
        for (int i = first; i < Math.min(m.in, first + group); i += PackedMatrix.BLOCK) {
          sum += block(m, o, i, x, xFrom);
        }
        y[yFrom + o] = Math.fma(sum, m.scale(o, first / group), y[yFrom + o]);
      }
    }
  }

  private static float block(PackedMatrix m, int o, int first, float[] x, int xFrom) {
    float[] sums = new float[2];
    for (int i = first; i < Math.min(m.in, first + PackedMatrix.BLOCK); i++) {
      sums[i % 2] = Math.fma(m.unscaled(o, i), x[xFrom + i], sums[i % 2]);
    }
    return sums[0] + sums[1];
  }

  @Override
  public void round(float[] x, int from, int to) {
    for (int i = from; i < to; i++) {
      x[i] = Loops.bf16(x[i]);
    }
  }

  @Override
  public void attend(
      float[] q,
      int qFrom,
      float[] keys,
      float[] values,
      int[] table,
      int head,
      KeyValueShape shape,
      int length,
      float[] out,
      int outFrom,
      float[] scratch) {
    float highest = Float.NEGATIVE_INFINITY;
    for (int p = 0; p < length; p++) {
      int at =
          table[p / BlockTable.BLOCK] * shape.keyBlock()
              + head * shape.headDim() * BlockTable.BLOCK
              + p % BlockTable.BLOCK;
      float sum = 0;
      for (int d = 0; d < shape.headDim(); d++) {
        sum = Math.fma(keys[at + d * BlockTable.BLOCK], q[qFrom + d], sum);
      }
      scratch[p] = sum;
      highest = Math.max(highest, sum);
    }
    float[] parts = new float[PARTS];
    for (int p = 0; p < length; p++) {
      scratch[p] = Loops.exp(scratch[p] - highest);
      parts[p % PARTS] += scratch[p];
    }
    float factor = 1 / sum(parts);
    int padded = shape.paddedHeadDim();
    Arrays.fill(out, outFrom, outFrom + shape.headDim(), 0);
    for (int p = 0; p < length; p++) {
      int at =
          table[p / BlockTable.BLOCK] * shape.valueBlock()
              + (head * BlockTable.BLOCK + p % BlockTable.BLOCK) * padded;
      for (int d = 0; d < shape.headDim(); d++) {
        out[outFrom + d] = Math.fma(values[at + d], scratch[p], out[outFrom + d]);
      }
    }
    for (int d = 0; d < shape.headDim(); d++) {
      out[outFrom + d] *= factor;
    }
  }

  private static float sum(float[] parts) {
    float sum = 0;
    for (float part : parts) {
      sum += part;
    }
    return sum;
  }

  @Override
  public void normalize(
      float[] x, int xFrom, float[] weight, double epsilon, float[] y, int yFrom, int count) {
    float[] parts = new float[PARTS];
    for (int i = 0; i < count; i++) {
      parts[i % PARTS] = Math.fma(x[xFrom + i], x[xFrom + i], parts[i % PARTS]);
    }
    float factor = (float) (1 / Math.sqrt((double) sum(parts) / count + epsilon));
    for (int i = 0; i < count; i++) {
      y[yFrom + i] = weight[i] * (x[xFrom + i] * factor);
    }
  }

  @Override
  public void gate(float[] gate, float[] up, int from, int to) {
    for (int i = from; i < to; i++) {
      up[i] = gate[i] / (1 + Loops.exp(-gate[i])) * up[i];
    }
  }

  @Override
  public int largest(float[] values, int from, int count) {
    int largest = 0;
    for (int i = 1; i < count; i++) {
      if (values[from + i] > values[from + largest]) {
        largest = i;
      }
    }
    return largest;
  }

  @Override
  public double sumOfExp(float[] values, int from, int count, float shift) {
    double total = 0;
    for (int start = 0; start < count; start += EXP_CHUNK) {
      float[] parts = new float[PARTS];
      int end = Math.min(count, start + EXP_CHUNK);
      for (int i = start; i < end; i++) {
        parts[(i - start) % PARTS] += Loops.exp(values[from + i] - shift);
      }
      total += sum(parts);
    }
    return total;
  }
}
