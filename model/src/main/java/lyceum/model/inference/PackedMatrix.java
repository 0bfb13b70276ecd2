package lyceum.model.inference;

import java.util.List;
import lyceum.model.format.FloatTensor;

/**
 * A weight matrix laid out in panels of outputs: all inputs of the first {@link #width} outputs,
 * then of the next. Within a panel, the weights of one input stand side by side, so that the
 * innermost loop runs over outputs, reads memory in order and has no reduction. Outputs past the
 * last are zero weights. In the precisions that share an integer, so are inputs up to a whole
 * {@link #BLOCK}, and neighbouring inputs of an output lie in one integer, as the tiles of AMX want
 * it.
 */
final class PackedMatrix {
  /** Inputs that share a scale in {@link WeightPrecision#INT8}. */
  static final int GROUP = 64;

  /** Inputs whose products are added up before they are added to those of the others. */
  static final int BLOCK = 32;

  final int in;
  final int out;

  /** Inputs with the padding. */
  final int paddedIn;

  /** Outputs of a panel, four vectors. */
  final int width;

  final int panels;
  final WeightPrecision precision;

  /** F32: shape {@code [panel][in][width]}; otherwise empty. */
  final float[] floats;

  /**
   * BF16: shape {@code [panel][paddedIn / 2][width]}, the input at an even place in the lower 16
   * bits. INT8: shape {@code [panel][paddedIn / 4][width]}, the first input in the lowest 8 bits.
   */
  final int[] words;

  /** INT8: shape {@code [panel][in / GROUP, rounded up][width]}. */
  final float[] scales;

  /**
   * Packs weights of shape {@code [out, in]}, the outputs of all tensors one after the other.
   *
   * @param lanes as {@link Kernels#lanes}
   */
  PackedMatrix(List<FloatTensor> weights, WeightPrecision precision, int lanes) {
    this.precision = precision;
    this.width = 4 * lanes;
    this.in = weights.getFirst().shape()[1];
    this.paddedIn = precision == WeightPrecision.F32 ? in : (in + BLOCK - 1) / BLOCK * BLOCK;
    this.out = weights.stream().mapToInt(weight -> weight.shape()[0]).sum();
    this.panels = (out + width - 1) / width;
    int groups = groups();
    this.floats = new float[precision == WeightPrecision.F32 ? panels * in * width : 0];
    this.words =
        new int
            [switch (precision) {
              case F32 -> 0;
              case BF16 -> panels * paddedIn * width / 2;
              case INT8 -> panels * paddedIn * width / 4;
            }];
    this.scales = new float[precision == WeightPrecision.INT8 ? panels * groups * width : 0];
    int o = 0;
    for (FloatTensor weight : weights) {
      for (int row = 0; row < weight.shape()[0]; row++) {
        pack(o++, weight.values(), row * in);
      }
    }
  }

  int groups() {
    return (in + GROUP - 1) / GROUP;
  }

  /** Outputs with the padding: the stride of the products. */
  int paddedOut() {
    return panels * width;
  }

  /** Bytes of memory that one product with a vector reads. */
  long bytes() {
    return 4L * (floats.length + (long) words.length + scales.length);
  }

  private void pack(int o, float[] values, int from) {
    int panel = o / width;
    int column = o % width;
    switch (precision) {
      case F32 -> {
        for (int i = 0; i < in; i++) {
          floats[(panel * in + i) * width + column] = values[from + i];
        }
      }
      case BF16 -> {
        for (int i = 0; i < in; i++) {
          words[word(panel, i / 2, 2, column)] |=
              Float.floatToRawIntBits(Loops.bf16(values[from + i])) >>> 16 << (i % 2 * 16);
        }
      }
      case INT8 -> {
        for (int group = 0; group < groups(); group++) {
          int end = Math.min(in, (group + 1) * GROUP);
          float largest = 0;
          for (int i = group * GROUP; i < end; i++) {
            largest = Math.max(largest, Math.abs(values[from + i]));
          }
          float scale = largest / 127;
          scales[(panel * groups() + group) * width + column] = scale;
          for (int i = group * GROUP; i < end; i++) {
            int q = scale == 0 ? 0 : Math.clamp(Math.round(values[from + i] / scale), -127, 127);
            words[word(panel, i / 4, 4, column)] |= (q & 0xFF) << (i % 4 * 8);
          }
        }
      }
    }
  }

  private int word(int panel, int row, int inputs, int column) {
    return (panel * (paddedIn / inputs) + row) * width + column;
  }

  /** The weight, for {@link WeightPrecision#INT8} the whole number that is scaled later. */
  float unscaled(int o, int i) {
    int panel = o / width;
    int column = o % width;
    return switch (precision) {
      case F32 -> floats[(panel * in + i) * width + column];
      case BF16 ->
          Float.intBitsToFloat(words[word(panel, i / 2, 2, column)] >>> (i % 2 * 16) << 16);
      case INT8 -> words[word(panel, i / 4, 4, column)] << (24 - i % 4 * 8) >> 24;
    };
  }

  /** What sums over the group of inputs are scaled with; 1 without groups. */
  float scale(int o, int group) {
    return precision == WeightPrecision.INT8
        ? scales[(o / width * groups() + group) * width + o % width]
        : 1;
  }
}
