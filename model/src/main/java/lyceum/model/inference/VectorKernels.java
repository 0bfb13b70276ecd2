package lyceum.model.inference;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels on the JDK's Vector API (JEP 508). A panel of weights is four vectors wide; rows
 * share each weight that was read, four in 32 bits, otherwise two, whose sums stay in registers.
 */
final class VectorKernels implements Kernels {
  /** Inputs taken at a time: such a tile of weights, as floats, stays in the first-level cache. */
  static final int TILE = 128;

  private static final VectorSpecies<Float> F =
      FloatVector.SPECIES_PREFERRED.length() > PARTS
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, F.vectorShape());
  private static final int L = F.length();

  /** Values whose exponentials are added up in floats before they go into a double. */
  private static final int EXP_CHUNK = 1024;

  @Override
  public int lanes() {
    return L;
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
    if (m.precision == WeightPrecision.F32) {
      products32(m, from, to, x, xStride, firstRow, lastRow, y, yStride);
      return;
    }
    for (int panel = from; panel < to; panel++) {
      int column = panel * m.width;
      for (int i = 0; i < m.in; i += TILE) {
        int count = Math.min(TILE, m.in - i);
        if (m.precision == WeightPrecision.BF16) {
          unpackBf16(m, panel, i, count, scratch);
        } else {
          unpackInt8(m, panel, i, count, scratch);
        }
        for (int r = firstRow; r < lastRow; r += 2) {
          // The last of an odd number goes twice, and is written once.
          int next = Math.min(r + 1, lastRow - 1);
          two(
              m,
              panel,
              scratch,
              i,
              count,
              x,
              r * xStride + i,
              next * xStride + i,
              y,
              r * yStride + column,
              next * yStride + column);
        }
      }
    }
  }

  private static void products32(
      PackedMatrix m,
      int from,
      int to,
      float[] x,
      int xStride,
      int firstRow,
      int lastRow,
      float[] y,
      int yStride) {
    for (int panel = from; panel < to; panel++) {
      int column = panel * m.width;
      if (lastRow - firstRow == 1) {
        int xFrom = firstRow * xStride;
        int yFrom = firstRow * yStride + column;
        one(m.floats, panel * m.in * m.width, m.in, x, xFrom, y, yFrom, true);
        continue;
      }
      for (int i = 0; i < m.in; i += TILE) {
        int count = Math.min(TILE, m.in - i);
        int at = (panel * m.in + i) * m.width;
        int r = firstRow;
        for (; r + 4 <= lastRow; r += 4) {
          four(
              m.floats,
              at,
              count,
              x,
              r * xStride + i,
              xStride,
              y,
              r * yStride + column,
              yStride,
              i == 0);
        }
        for (; r < lastRow; r++) {
          one(m.floats, at, count, x, r * xStride + i, y, r * yStride + column, i == 0);
        }
      }
    }
  }

  /**
   * Products of two rows with a tile of weights, block by block.
   *
   * @param tile weights as floats, shape {@code [count rounded up to even][width]}, and behind
   *     {@link #TILE} of them room for two rows of a panel
   * @param first the tile's first input
   */
  private static void two(
      PackedMatrix m,
      int panel,
      float[] tile,
      int first,
      int count,
      float[] x,
      int x0,
      int x1,
      float[] y,
      int y0,
      int y1) {
    for (int block = 0; block < count; block += PackedMatrix.BLOCK) {
      int end = Math.min(count, block + PackedMatrix.BLOCK);
      for (int half = 0; half < m.width; half += 2 * L) {
        FloatVector ea0 = FloatVector.zero(F);
        FloatVector eb0 = FloatVector.zero(F);
        FloatVector oa0 = FloatVector.zero(F);
        FloatVector ob0 = FloatVector.zero(F);
        FloatVector ea1 = FloatVector.zero(F);
        FloatVector eb1 = FloatVector.zero(F);
        FloatVector oa1 = FloatVector.zero(F);
        FloatVector ob1 = FloatVector.zero(F);
        int at = block * 4 * L + half;
        for (int i = block; i < end; i += 2) {
          FloatVector wa = FloatVector.fromArray(F, tile, at);
          FloatVector wb = FloatVector.fromArray(F, tile, at + L);
          FloatVector xi = FloatVector.broadcast(F, x[x0 + i]);
          ea0 = wa.fma(xi, ea0);
          eb0 = wb.fma(xi, eb0);
          xi = FloatVector.broadcast(F, x[x1 + i]);
          ea1 = wa.fma(xi, ea1);
          eb1 = wb.fma(xi, eb1);
          wa = FloatVector.fromArray(F, tile, at + 4 * L);
          wb = FloatVector.fromArray(F, tile, at + 5 * L);
          xi = FloatVector.broadcast(F, i + 1 < end ? x[x0 + i + 1] : 0);
          oa0 = wa.fma(xi, oa0);
          ob0 = wb.fma(xi, ob0);
          xi = FloatVector.broadcast(F, i + 1 < end ? x[x1 + i + 1] : 0);
          oa1 = wa.fma(xi, oa1);
          ob1 = wb.fma(xi, ob1);
          at += 8 * L;
        }
        int input = first + block;
        boolean last = block + PackedMatrix.BLOCK >= count;
        settle(m, panel, input, last, half, ea0.add(oa0), y, y0, tile, 0);
        settle(m, panel, input, last, half + L, eb0.add(ob0), y, y0, tile, 0);
        if (y1 != y0) {
          settle(m, panel, input, last, half, ea1.add(oa1), y, y1, tile, 1);
          settle(m, panel, input, last, half + L, eb1.add(ob1), y, y1, tile, 1);
        }
      }
    }
  }

  /**
   * Adds a block's sums to the results, in {@link WeightPrecision#INT8} by way of its group's.
   *
   * @param input the block's first
   * @param last whether it is the tile's last
   */
  private static void settle(
      PackedMatrix m,
      int panel,
      int input,
      boolean last,
      int column,
      FloatVector sum,
      float[] y,
      int yFrom,
      float[] tile,
      int row) {
    if (m.precision == WeightPrecision.BF16) {
      start(y, yFrom + column, input == 0).add(sum).intoArray(y, yFrom + column);
      return;
    }
    int group = (TILE + row) * 4 * L + column;
    FloatVector sums = start(tile, group, input % PackedMatrix.GROUP == 0).add(sum);
    if (last || (input + PackedMatrix.BLOCK) % PackedMatrix.GROUP == 0) {
      int g = input / PackedMatrix.GROUP;
      FloatVector scale =
          FloatVector.fromArray(F, m.scales, (panel * m.groups() + g) * m.width + column);
      sums.fma(scale, start(y, yFrom + column, g == 0)).intoArray(y, yFrom + column);
    } else {
      sums.intoArray(tile, group);
    }
  }

  private static void one(
      float[] w, int wFrom, int count, float[] x, int xFrom, float[] y, int yFrom, boolean first) {
    FloatVector a = start(y, yFrom, first);
    FloatVector b = start(y, yFrom + L, first);
    FloatVector c = start(y, yFrom + 2 * L, first);
    FloatVector d = start(y, yFrom + 3 * L, first);
    int at = wFrom;
    for (int i = 0; i < count; i++) {
      FloatVector xi = FloatVector.broadcast(F, x[xFrom + i]);
      a = FloatVector.fromArray(F, w, at).fma(xi, a);
      b = FloatVector.fromArray(F, w, at + L).fma(xi, b);
      c = FloatVector.fromArray(F, w, at + 2 * L).fma(xi, c);
      d = FloatVector.fromArray(F, w, at + 3 * L).fma(xi, d);
      at += 4 * L;
    }
    a.intoArray(y, yFrom);
    b.intoArray(y, yFrom + L);
    c.intoArray(y, yFrom + 2 * L);
    d.intoArray(y, yFrom + 3 * L);
  }

  private static void four(
      float[] w,
      int wFrom,
      int count,
      float[] x,
      int xFrom,
      int xStride,
      float[] y,
      int yFrom,
      int yStride,
      boolean first) {
    int y1 = yFrom + yStride;
    int y2 = y1 + yStride;
    int y3 = y2 + yStride;
    FloatVector a0 = start(y, yFrom, first);
    FloatVector b0 = start(y, yFrom + L, first);
    FloatVector c0 = start(y, yFrom + 2 * L, first);
    FloatVector d0 = start(y, yFrom + 3 * L, first);
    FloatVector a1 = start(y, y1, first);
    FloatVector b1 = start(y, y1 + L, first);
    FloatVector c1 = start(y, y1 + 2 * L, first);
    FloatVector d1 = start(y, y1 + 3 * L, first);
    FloatVector a2 = start(y, y2, first);
    FloatVector b2 = start(y, y2 + L, first);
    FloatVector c2 = start(y, y2 + 2 * L, first);
    FloatVector d2 = start(y, y2 + 3 * L, first);
    FloatVector a3 = start(y, y3, first);
    FloatVector b3 = start(y, y3 + L, first);
    FloatVector c3 = start(y, y3 + 2 * L, first);
    FloatVector d3 = start(y, y3 + 3 * L, first);
    int x1 = xFrom + xStride;
    int x2 = x1 + xStride;
    int x3 = x2 + xStride;
    int at = wFrom;
    for (int i = 0; i < count; i++) {
      FloatVector wa = FloatVector.fromArray(F, w, at);
      FloatVector wb = FloatVector.fromArray(F, w, at + L);
      FloatVector wc = FloatVector.fromArray(F, w, at + 2 * L);
      FloatVector wd = FloatVector.fromArray(F, w, at + 3 * L);
      FloatVector xi = FloatVector.broadcast(F, x[xFrom + i]);
      a0 = wa.fma(xi, a0);
      b0 = wb.fma(xi, b0);
      c0 = wc.fma(xi, c0);
      d0 = wd.fma(xi, d0);
      xi = FloatVector.broadcast(F, x[x1 + i]);
      a1 = wa.fma(xi, a1);
      b1 = wb.fma(xi, b1);
      c1 = wc.fma(xi, c1);
      d1 = wd.fma(xi, d1);
      xi = FloatVector.broadcast(F, x[x2 + i]);
      a2 = wa.fma(xi, a2);
      b2 = wb.fma(xi, b2);
      c2 = wc.fma(xi, c2);
      d2 = wd.fma(xi, d2);
      xi = FloatVector.broadcast(F, x[x3 + i]);
      a3 = wa.fma(xi, a3);
      b3 = wb.fma(xi, b3);
      c3 = wc.fma(xi, c3);
      d3 = wd.fma(xi, d3);
      at += 4 * L;
    }
    a0.intoArray(y, yFrom);
    b0.intoArray(y, yFrom + L);
    c0.intoArray(y, yFrom + 2 * L);
    d0.intoArray(y, yFrom + 3 * L);
    a1.intoArray(y, y1);
    b1.intoArray(y, y1 + L);
    c1.intoArray(y, y1 + 2 * L);
    d1.intoArray(y, y1 + 3 * L);
    a2.intoArray(y, y2);
    b2.intoArray(y, y2 + L);
    c2.intoArray(y, y2 + 2 * L);
    d2.intoArray(y, y2 + 3 * L);
    a3.intoArray(y, y3);
    b3.intoArray(y, y3 + L);
    c3.intoArray(y, y3 + 2 * L);
    d3.intoArray(y, y3 + 3 * L);
  }

  private static FloatVector start(float[] y, int at, boolean first) {
    return first ? FloatVector.zero(F) : FloatVector.fromArray(F, y, at);
  }

  private static FloatVector lower(IntVector pair) {
    return pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  private static FloatVector upper(IntVector pair) {
    return pair.and(0xFFFF_0000).reinterpretAsFloats();
  }

  /** The signed 8 bits that {@code left} brings to the top. */
  private static FloatVector integer(IntVector four, int left) {
    return (FloatVector)
        four.lanewise(VectorOperators.LSHL, left)
            .lanewise(VectorOperators.ASHR, 24)
            .convert(VectorOperators.I2F, 0);
  }

  private static void unpackBf16(PackedMatrix m, int panel, int first, int count, float[] tile) {
    int at = (panel * m.paddedIn + first) / 2 * m.width;
    for (int to = 0; to < count * m.width; to += 2 * m.width) {
      for (int o = 0; o < m.width; o += L) {
        IntVector pair = IntVector.fromArray(I, m.words, at);
        lower(pair).intoArray(tile, to + o);
        upper(pair).intoArray(tile, to + m.width + o);
        at += L;
      }
    }
  }

  private static void unpackInt8(PackedMatrix m, int panel, int first, int count, float[] tile) {
    int at = (panel * m.paddedIn + first) / 4 * m.width;
    for (int to = 0; to < count * m.width; to += 4 * m.width) {
      for (int o = 0; o < m.width; o += L) {
        IntVector four = IntVector.fromArray(I, m.words, at);
        integer(four, 24).intoArray(tile, to + o);
        integer(four, 16).intoArray(tile, to + m.width + o);
        integer(four, 8).intoArray(tile, to + 2 * m.width + o);
        integer(four, 0).intoArray(tile, to + 3 * m.width + o);
        at += L;
      }
    }
  }

  @Override
  public void round(float[] x, int from, int to) {
    int i = from;
    for (; i + L <= to; i += L) {
      IntVector bits = FloatVector.fromArray(F, x, i).reinterpretAsInts();
      bits.add(0x7FFF)
          .add(bits.lanewise(VectorOperators.LSHR, 16).and(1))
          .and(0xFFFF_0000)
          .reinterpretAsFloats()
          .intoArray(x, i);
    }
    for (; i < to; i++) {
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
    int blocks = (length + BlockTable.BLOCK - 1) / BlockTable.BLOCK;
    int headKeys = head * shape.headDim() * BlockTable.BLOCK;
    int block = 0;
    for (; block + 4 <= blocks; block += 4) {
      for (int part = 0; part < BlockTable.BLOCK; part += L) {
        fourBlocks(q, qFrom, keys, table, block, headKeys + part, shape, scratch, part);
      }
    }
    for (; block < blocks; block++) {
      for (int part = 0; part < BlockTable.BLOCK; part += L) {
        int at = table[block] * shape.keyBlock() + headKeys + part;
        FloatVector sum = FloatVector.zero(F);
        for (int d = 0; d < shape.headDim(); d++) {
          sum = FloatVector.fromArray(F, keys, at).fma(FloatVector.broadcast(F, q[qFrom + d]), sum);
          at += BlockTable.BLOCK;
        }
        sum.intoArray(scratch, block * BlockTable.BLOCK + part);
      }
    }
    float factor = softmax(scratch, length, blocks * BlockTable.BLOCK);
    int padded = shape.paddedHeadDim();
    int result = blocks * BlockTable.BLOCK;
    for (int d = 0; d < padded; d += L) {
      FloatVector sum = FloatVector.zero(F);
      for (int p = 0; p < length; p += BlockTable.BLOCK) {
        int at =
            table[p / BlockTable.BLOCK] * shape.valueBlock() + head * padded * BlockTable.BLOCK + d;
        int end = Math.min(length, p + BlockTable.BLOCK);
        for (int position = p; position < end; position++) {
          sum =
              FloatVector.fromArray(F, values, at)
                  .fma(FloatVector.broadcast(F, scratch[position]), sum);
          at += padded;
        }
      }
      sum.mul(factor).intoArray(scratch, result + d);
    }
    System.arraycopy(scratch, result, out, outFrom, shape.headDim());
  }

  /** Scores of four blocks at a time: one sum alone would wait for each of its additions. */
  private static void fourBlocks(
      float[] q,
      int qFrom,
      float[] keys,
      int[] table,
      int block,
      int offset,
      KeyValueShape shape,
      float[] scores,
      int part) {
    int at0 = table[block] * shape.keyBlock() + offset;
    int at1 = table[block + 1] * shape.keyBlock() + offset;
    int at2 = table[block + 2] * shape.keyBlock() + offset;
    int at3 = table[block + 3] * shape.keyBlock() + offset;
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = FloatVector.zero(F);
    FloatVector s2 = FloatVector.zero(F);
    FloatVector s3 = FloatVector.zero(F);
    int headDim = shape.headDim();
    for (int d = 0; d < headDim; d++) {
      FloatVector qd = FloatVector.broadcast(F, q[qFrom + d]);
      int row = d * BlockTable.BLOCK;
      s0 = FloatVector.fromArray(F, keys, at0 + row).fma(qd, s0);
      s1 = FloatVector.fromArray(F, keys, at1 + row).fma(qd, s1);
      s2 = FloatVector.fromArray(F, keys, at2 + row).fma(qd, s2);
      s3 = FloatVector.fromArray(F, keys, at3 + row).fma(qd, s3);
    }
    int to = block * BlockTable.BLOCK + part;
    s0.intoArray(scores, to);
    s1.intoArray(scores, to + BlockTable.BLOCK);
    s2.intoArray(scores, to + 2 * BlockTable.BLOCK);
    s3.intoArray(scores, to + 3 * BlockTable.BLOCK);
  }

  /** Scores become exponentials, 0 past the length; returns 1 over their sum. */
  private static float softmax(float[] scores, int length, int padded) {
    Arrays.fill(scores, length, padded, Float.NEGATIVE_INFINITY);
    FloatVector most = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    for (int p = 0; p < padded; p += L) {
      most = most.max(FloatVector.fromArray(F, scores, p));
    }
    float highest = most.reduceLanes(VectorOperators.MAX);
    float[] parts = new float[PARTS];
    for (int part = 0; part < PARTS; part += L) {
      FloatVector sum = FloatVector.zero(F);
      for (int p = part; p < padded; p += PARTS) {
        FloatVector e = exp(FloatVector.fromArray(F, scores, p).sub(highest));
        e.intoArray(scores, p);
        sum = sum.add(e);
      }
      sum.intoArray(parts, part);
    }
    return 1 / sum(parts);
  }

  private static float sum(float[] parts) {
    float sum = 0;
    for (float part : parts) {
      sum += part;
    }
    return sum;
  }

  /** {@link Loops#exp}, operation for operation. */
  private static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.min(88f).max(-88f);
    FloatVector scaled = bounded.mul(1.44269504f);
    VectorMask<Float> negative = scaled.lt(0f);
    FloatVector half = FloatVector.broadcast(F, 0.5f).blend(-0.5f, negative);
    IntVector power = (IntVector) scaled.add(half).convert(VectorOperators.F2I, 0);
    FloatVector whole = (FloatVector) power.convert(VectorOperators.I2F, 0);
    FloatVector r = bounded.sub(whole.mul(0.693359375f)).add(whole.mul(2.12194440e-4f));
    FloatVector series = FloatVector.broadcast(F, 1.9875691500e-4f);
    series = series.mul(r).add(1.3981999507e-3f);
    series = series.mul(r).add(8.3334519073e-3f);
    series = series.mul(r).add(4.1665795894e-2f);
    series = series.mul(r).add(1.6666665459e-1f);
    series = series.mul(r).add(5.0000001201e-1f);
    FloatVector twoToThePower =
        power.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector value = series.mul(r).mul(r).add(r).add(1f).mul(twoToThePower);
    return value.blend(0f, x.lt(-87f));
  }

  @Override
  public void normalize(
      float[] x, int xFrom, float[] weight, double epsilon, float[] y, int yFrom, int count) {
    float[] parts = new float[PARTS];
    int whole = count / PARTS * PARTS;
    for (int part = 0; part < PARTS; part += L) {
      FloatVector sum = FloatVector.zero(F);
      for (int i = part; i < whole; i += PARTS) {
        FloatVector v = FloatVector.fromArray(F, x, xFrom + i);
        sum = v.fma(v, sum);
      }
      sum.intoArray(parts, part);
    }
    for (int i = whole; i < count; i++) {
      parts[i - whole] = Math.fma(x[xFrom + i], x[xFrom + i], parts[i - whole]);
    }
    float factor = (float) (1 / Math.sqrt((double) sum(parts) / count + epsilon));
    int i = 0;
    for (; i + L <= count; i += L) {
      FloatVector.fromArray(F, weight, i)
          .mul(FloatVector.fromArray(F, x, xFrom + i).mul(factor))
          .intoArray(y, yFrom + i);
    }
    for (; i < count; i++) {
      y[yFrom + i] = weight[i] * (x[xFrom + i] * factor);
    }
  }

  @Override
  public void gate(float[] gate, float[] up, int from, int to) {
    int i = from;
    for (; i + L <= to; i += L) {
      FloatVector g = FloatVector.fromArray(F, gate, i);
      g.div(exp(g.neg()).add(1f)).mul(FloatVector.fromArray(F, up, i)).intoArray(up, i);
    }
    for (; i < to; i++) {
      up[i] = gate[i] / (1 + Loops.exp(-gate[i])) * up[i];
    }
  }

  @Override
  public int largest(float[] values, int from, int count) {
    int whole = count / L * L;
    FloatVector most = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < whole; i += L) {
      most = most.max(FloatVector.fromArray(F, values, from + i));
    }
    float highest = most.reduceLanes(VectorOperators.MAX);
    for (int i = whole; i < count; i++) {
      highest = Math.max(highest, values[from + i]);
    }
    int at = 0;
    while (at < count && values[from + at] != highest) {
      at++;
    }
    // Only where a value is not a number.
    return at == count ? 0 : at;
  }

  @Override
  public double sumOfExp(float[] values, int from, int count, float shift) {
    double total = 0;
    float[] parts = new float[PARTS];
    for (int start = 0; start < count; start += EXP_CHUNK) {
      int end = Math.min(count, start + EXP_CHUNK);
      int whole = start + (end - start) / PARTS * PARTS;
      for (int part = 0; part < PARTS; part += L) {
        FloatVector sum = FloatVector.zero(F);
        for (int i = start + part; i < whole; i += PARTS) {
          sum = sum.add(exp(FloatVector.fromArray(F, values, from + i).sub(shift)));
        }
        sum.intoArray(parts, part);
      }
      for (int i = whole; i < end; i++) {
        parts[i - whole] += Loops.exp(values[from + i] - shift);
      }
      total += sum(parts);
    }
    return total;
  }
}
