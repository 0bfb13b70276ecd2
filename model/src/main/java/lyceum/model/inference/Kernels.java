package lyceum.model.inference;

/**
 * The loops in which a forward pass spends its time. Every implementation gives the same bits: each
 * sum has its terms in one order, whatever stands beside it.
 *
 * <ul>
 *   <li>Products with weights in {@link WeightPrecision#F32} are summed over the inputs in
 *       ascending order with fused multiply-adds.
 *   <li>With the other weights, inputs are numbers that bfloat16 holds ({@link #round}). Of each 32
 *       inputs ({@link PackedMatrix#BLOCK}) the products at even places and those at odd ones are
 *       summed apart, then added, then added to those before: the order of the instruction
 *       TDPBF16PS (Intel's manual, volume 2). In {@link WeightPrecision#INT8} that is done for each
 *       group of inputs that share a scale; the sum is then multiplied with the scale and added in
 *       one rounding.
 *   <li>Sums over a row are taken in sixteen interleaved parts that are then added in order.
 * </ul>
 */
interface Kernels {
  /** Interleaved parts of a sum over a row. */
  int PARTS = 16;

  /**
   * The implementation with vector instructions where this JVM has them, and with AMX where the
   * processor has it, else the plain one.
   */
  static Kernels best() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      return new PlainKernels();
    }
    VectorKernels vector = new VectorKernels();
    return NativeProducts.available()
        .filter(products -> vector.lanes() == NativeProducts.LANES)
        .<Kernels>map(products -> new NativeKernels(products, vector))
        .orElse(vector);
  }

  /** Floats of a vector. */
  int lanes();

  /**
   * Products of the rows {@code [firstRow, lastRow)} with the panels {@code [from, to)} of a
   * matrix.
   *
   * @param x shape {@code [rows][xStride]}, the inputs first; {@link #round}ed, but for {@link
   *     WeightPrecision#F32}
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
    return (VectorKernels.TILE + 2) * 4 * lanes();
  }

  /** Replaces {@code [from, to)} by the nearest numbers that bfloat16 holds. */
  void round(float[] x, int from, int to);

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
