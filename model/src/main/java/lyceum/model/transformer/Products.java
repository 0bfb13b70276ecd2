package lyceum.model.transformer;

import lyceum.core.recipe.Precision;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TNumber;

/** Matrix products of a precision, from and to f32. */
final class Products {
  private final Ops tf;
  private final Precision precision;

  Products(Ops tf, Precision precision) {
    this.tf = tf;
    this.precision = precision;
  }

  /** {@code a b}, each transposed where it says so. */
  Operand<TFloat32> matMul(
      Operand<TFloat32> a, Operand<TFloat32> b, boolean transposeA, boolean transposeB) {
    MatMul.Options[] options = {MatMul.transposeA(transposeA), MatMul.transposeB(transposeB)};
    return switch (precision) {
      case F32 -> tf.linalg.matMul(a, b, options);
      case BF16 -> wide(tf.linalg.matMul(narrow(a), narrow(b), options));
    };
  }

  /**
   * The products of the last two dimensions. It is the version of the operation that oneDNN takes
   * over; the Java class adds a later one.
   */
  Operand<TFloat32> batchMatMul(
      Operand<TFloat32> a, Operand<TFloat32> b, boolean transposeA, boolean transposeB) {
    return switch (precision) {
      case F32 -> batchMatMul(TFloat32.class, a, b, transposeA, transposeB);
      case BF16 -> wide(batchMatMul(TBfloat16.class, narrow(a), narrow(b), transposeA, transposeB));
    };
  }

  /** What the precision leaves of a value. */
  Operand<TFloat32> rounded(Operand<TFloat32> x) {
    return switch (precision) {
      case F32 -> x;
      case BF16 -> wide(narrow(x));
    };
  }

  private <T extends TNumber> Operand<T> batchMatMul(
      Class<T> type, Operand<T> a, Operand<T> b, boolean transposeA, boolean transposeB) {
    return tf.scope()
        .opBuilder("BatchMatMulV2", "BatchMatMulV2")
        .addInput(a.asOutput())
        .addInput(b.asOutput())
        .setAttr("adj_x", transposeA)
        .setAttr("adj_y", transposeB)
        .build()
        .output(0)
        .expect(type);
  }

  private Operand<TBfloat16> narrow(Operand<TFloat32> x) {
    return tf.dtypes.cast(x, TBfloat16.class);
  }

  private Operand<TFloat32> wide(Operand<TBfloat16> x) {
    return tf.dtypes.cast(x, TFloat32.class);
  }
}
