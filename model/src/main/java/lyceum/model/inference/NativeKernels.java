package lyceum.model.inference;

/** The vector kernels, but for products with weights of fewer than 32 bits, which AMX does. */
final class NativeKernels implements Kernels {
  private final NativeProducts products;
  private final VectorKernels vector;

  NativeKernels(NativeProducts products, VectorKernels vector) {
    this.products = products;
    this.vector = vector;
  }

  @Override
  public int lanes() {
    return vector.lanes();
  }

  @Override
  public void products(
      PackedMatrix matrix,
      int from,
      int to,
      float[] x,
      int xStride,
      int firstRow,
      int lastRow,
      float[] y,
      int yStride,
      float[] scratch) {
    if (matrix.precision == WeightPrecision.F32) {
      vector.products(matrix, from, to, x, xStride, firstRow, lastRow, y, yStride, scratch);
    } else {
      products.products(matrix, from, to, x, xStride, firstRow, lastRow, y, yStride);
    }
  }

  @Override
  public void round(float[] x, int from, int to) {
    vector.round(x, from, to);
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
    vector.attend(q, qFrom, keys, values, table, head, shape, length, out, outFrom, scratch);
  }

  @Override
  public void normalize(
      float[] x, int xFrom, float[] weight, double epsilon, float[] y, int yFrom, int count) {
    vector.normalize(x, xFrom, weight, epsilon, y, yFrom, count);
  }

  @Override
  public void gate(float[] gate, float[] up, int from, int to) {
    vector.gate(gate, up, from, to);
  }

  @Override
  public int largest(float[] values, int from, int count) {
    return vector.largest(values, from, count);
  }

  @Override
  public double sumOfExp(float[] values, int from, int count, float shift) {
    return vector.sumOfExp(values, from, count, shift);
  }
}
