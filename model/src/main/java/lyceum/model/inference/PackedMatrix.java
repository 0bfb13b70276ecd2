package lyceum.model.inference;

import java.util.List;
import lyceum.model.format.FloatTensor;

/**
 * A weight matrix laid out in panels of outputs: all inputs of the first {@link #width} outputs,
 * then of the next. Within a panel, the weights of one input stand side by side, so that the
 * innermost loop runs over outputs, reads memory in order and has no reduction. Outputs past the
 * last are zero weights.
 */
final class PackedMatrix {
  /** Inputs that share a scale in {@link WeightPrecision#INT8}. */
  static final int GROUP = 64;

  final int in;
  final int out;

  /** Outputs of a panel, a multiple of four times {@link #lanes}. */
  final int width;

  /** Outputs that a vector holds; decides how two or four weights share an integer. */
  final int lanes;

  final int panels;
  final WeightPrecision precision;

  /** F32: shape {@code [panel][in][width]}; otherwise empty. */
  final float[] floats;

  /**
   * BF16: shape {@code [panel][in][width / 2]}; of each {@code 2 * lanes} outputs the first half is
   * in the lower 16 bits. INT8: shape {@code [panel][in][width / 4]}; of each {@code 4 * lanes}
   * outputs the first quarter is in the lowest 8 bits.
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
    this.lanes = lanes;
    this.width = 4 * lanes;
    this.in = weights.getFirst().shape()[1];
    this.out = weights.stream().mapToInt(weight -> weight.shape()[0]).sum();
    this.panels = (out + width - 1) / width;
    int groups = groups();
    this.floats = new float[precision == WeightPrecision.F32 ? panels * in * width : 0];
    this.words =
        new int
            [switch (precision) {
              case F32 -> 0;
              case BF16 -> panels * in * width / 2;
              case INT8 -> panels * in * width / 4;
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
        int word = column / (2 * lanes) * lanes + column % lanes;
        int shift = column / lanes % 2 * 16;
        for (int i = 0; i < in; i++) {
          words[(panel * in + i) * (width / 2) + word] |= bf16(values[from + i]) << shift;
        }
      }
      case INT8 -> {
        int word = column % lanes;
        int shift = column / lanes * 8;
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
            words[(panel * in + i) * (width / 4) + word] |= (q & 0xFF) << shift;
          }
        }
      }
    }
  }

  /** The upper 16 bits, rounded to the nearest, of two as near to the even one. */
  private static int bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
  }

  /** The weight as the products see it. */
  float weight(int o, int i) {
    int panel = o / width;
    int column = o % width;
    return switch (precision) {
      case F32 -> floats[(panel * in + i) * width + column];
      case BF16 -> {
        int word =
            words[(panel * in + i) * (width / 2) + column / (2 * lanes) * lanes + column % lanes];
        yield Float.intBitsToFloat(column / lanes % 2 == 0 ? word << 16 : word & 0xFFFF_0000);
      }
      case INT8 -> {
        int word = words[(panel * in + i) * (width / 4) + column % lanes];
        int q = (word >> (column / lanes * 8)) << 24 >> 24;
        yield q * scales[(panel * groups() + i / GROUP) * width + column];
      }
    };
  }
}
