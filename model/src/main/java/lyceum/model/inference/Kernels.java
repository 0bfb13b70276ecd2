package lyceum.model.inference;

/**
 * The loops in which a forward pass spends its time. Every implementation gives the same bits: a
 * product is summed over its inputs in ascending order with fused multiply-adds, whatever the
 * vectors are beside it, and sums over a row are taken in sixteen interleaved parts that are then
 * added in order.
 */
interface Kernels {
  /** Interleaved parts of a sum over a row. */
  int PARTS = 16;

  /** The implementation with vector instructions where this JVM has them, else the plain one. */
  static Kernels best() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        ? new VectorKernels()
        : new PlainKernels();
  }

  /** Floats of a vector. */
  int lanes();

  /**
   * Products of the rows {@code [firstRow, lastRow)} with the panels {@code [from, to)} of a
   * matrix.
   *
   * @param x shape {@code [rows][xStride]}, the inputs first
   * @param y shape {@code [rows][yStride]}; the panels' columns are overwritten
   * @param scratch at least {@link #scratch} floats, one thread's own
   */
  void products(
      PackedMatrix matrix,
      int from,
      int to,
      float[] x,
      int xStride,
      int firstRow,
      int lastRow,
      float[] y,
      int yStride,
      float[] scratch);

  /** Floats of scratch memory that {@link #products} needs. */
  default int scratch() {
    return VectorKernels.TILE * 4 * lanes();
  }

  /**
   * Causal attention of one head's query over the first {@code length} positions of a sequence.
   *
   * @param q begins at {@code qFrom}: {@code [headDim]}, divided by the square root of it already
   * @param keys blocks of shape {@code [keyValueHeads][headDim][16]}
   * @param values blocks of shape {@code [keyValueHeads][16][paddedHeadDim]}
   * @param table which blocks are the sequence's, in order
   * @param head the key-value head
   * @param out begins at {@code outFrom}: {@code [headDim]}
   * @param scratch at least length + 16 + paddedHeadDim floats
   */
  void attend(
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
      float[] scratch);

  /** {@code y = weight * x / sqrt(mean(x²) + epsilon)} over {@code count} values. */
  void normalize(
      float[] x, int xFrom, float[] weight, double epsilon, float[] y, int yFrom, int count);

  /** SwiGLU: {@code up} becomes silu(gate) times up over {@code [from, to)}. */
  void gate(float[] gate, float[] up, int from, int to);

  /** The place of the largest of {@code [0, count)} values, of equals the first. */
  int largest(float[] values, int from, int count);

  /** Sum of e to the (value - shift) over {@code [from, from + count)}. */
  double sumOfExp(float[] values, int from, int count, float shift);

  /** How a layer's blocks are laid out. */
  record KeyValueShape(int keyValueHeads, int headDim) {
    /** Values are read in whole vectors. */
    int paddedHeadDim() {
      return (headDim + 15) / 16 * 16;
    }

    /** Floats of a block of keys. */
    int keyBlock() {
      return keyValueHeads * headDim * BlockTable.BLOCK;
    }

    /** Floats of a block of values. */
    int valueBlock() {
      return keyValueHeads * paddedHeadDim() * BlockTable.BLOCK;
    }
  }
}
