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
      }
      for (int i = 0; i < m.in; i++) {
        for (int o = 0; o < m.width; o++) {
          scratch[o] = m.weight(column + o, i);
        }
        for (int r = firstRow; r < lastRow; r++) {
          float xi = x[r * xStride + i];
          int to0 = r * yStride + column;
          for (int o = 0; o < m.width; o++) {
            y[to0 + o] = Math.fma(scratch[o], xi, y[to0 + o]);
          }
        }
      }
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
