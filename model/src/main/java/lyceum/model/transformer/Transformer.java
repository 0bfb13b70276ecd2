package lyceum.model.transformer;

import static lyceum.model.format.LanguageModel.block;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import lyceum.core.ModelConfig;
import lyceum.model.format.LanguageModel;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The decoder's forward pass as graph operations: RMSNorm (arXiv 1910.07467), rotary positions in
 * the half-rotation form (arXiv 2104.09864), grouped-query attention (arXiv 2305.13245) and SwiGLU
 * (arXiv 2002.05202).
 *
 * <p>Names end in the shape of the tensor: B rows, T tokens of a row, N = B T tokens in all, C
 * width of the residual stream, H query heads, K key and value heads, G = H / K, D width of a head,
 * F width of the feed-forward layer, V token ids.
 *
 * <p>A row may hold several documents or chats; tokens see only earlier tokens with the same
 * segment number. Positions count from the start of the row, which is the same as counting from the
 * start of the segment: rotary attention depends on differences of positions only.
 */
public final class Transformer {
  private final Ops tf;
  private final ModelConfig config;
  private final Map<String, Operand<TFloat32>> weights;

  /**
   * @param weights every weight of {@link WeightLayout#shapes}, as an operand of the same graph
   */
  public Transformer(Ops tf, ModelConfig config, Map<String, Operand<TFloat32>> weights) {
    this.tf = tf;
    this.config = config;
    this.weights = Map.copyOf(weights);
  }

  /**
   * The residual stream after the last norm, {@code [N, C]}.
   *
   * @param ids_BT token ids
   * @param segments_BT number of the document or chat that each token belongs to
   * @param length T
   */
  public Operand<TFloat32> hidden(Operand<TInt32> ids_BT, Operand<TInt32> segments_BT, int length) {
    Attention attention = new Attention(segments_BT, length);
    Operand<TInt32> ids_N = tf.reshape(ids_BT, tf.constant(new int[] {-1}));
    Operand<TFloat32> x_NC = tf.gather(weight(LanguageModel.EMBEDDING), ids_N, tf.constant(0));
    for (int i = 0; i < config.layers(); i++) {
      x_NC = tf.math.add(x_NC, attention.apply(i, normalized(x_NC)));
      x_NC = tf.math.add(x_NC, feedForward(i, normalized(x_NC)));
    }
    return tf.math.mul(normalized(x_NC), weight(LanguageModel.FINAL_NORM));
  }

  /**
   * The output projection, {@code [V, C]}: the embedding table itself where embeddings are tied.
   */
  public Operand<TFloat32> head() {
    return weight(config.tiedEmbeddings() ? LanguageModel.EMBEDDING : LanguageModel.OUTPUT);
  }

  /** Scores of every token id, {@code [N, V]}, for rows of {@link #hidden}. */
  public Operand<TFloat32> logits(Operand<TFloat32> hidden_NC) {
    return tf.linalg.matMul(hidden_NC, head(), MatMul.transposeB(true));
  }

  private Operand<TFloat32> feedForward(int i, Operand<TFloat32> x_NC) {
    Operand<TFloat32> norm_C = weight(block(i, "post_attention_layernorm"));
    Operand<TFloat32> gate_NF =
        project(x_NC, tf.math.mul(weight(block(i, "mlp.gate_proj")), norm_C));
    Operand<TFloat32> up_NF = project(x_NC, tf.math.mul(weight(block(i, "mlp.up_proj")), norm_C));
    Operand<TFloat32> silu_NF = tf.math.mul(gate_NF, tf.math.sigmoid(gate_NF));
    return project(tf.math.mul(silu_NF, up_NF), weight(block(i, "mlp.down_proj")));
  }

  /**
   * RMSNorm without its gain. The gains of the blocks are multiplied into the matrices that follow,
   * which are much smaller than the activations: one pass over them less, and two less on the way
   * back.
   */
  private Operand<TFloat32> normalized(Operand<TFloat32> x_NC) {
    Operand<TFloat32> meanSquare_N1 =
        tf.math.mean(tf.math.square(x_NC), tf.constant(-1), Mean.keepDims(true));
    Operand<TFloat32> scale_N1 =
        tf.math.rsqrt(tf.math.add(meanSquare_N1, tf.constant((float) config.normEpsilon())));
    return tf.math.mul(x_NC, scale_N1);
  }

  private Operand<TFloat32> project(Operand<TFloat32> x, Operand<TFloat32> outIn) {
    return tf.linalg.matMul(x, outIn, MatMul.transposeB(true));
  }

  private Operand<TFloat32> weight(String name) {
    return Objects.requireNonNull(weights.get(name), name);
  }

  /**
   * What the attention layers of all blocks share: mask and rotary tables, computed once a step.
   */
  private final class Attention {
    private static final float MASKED = -1e9f;

    private final int length;
    private final int heads = config.heads();
    private final int keyHeads = config.keyValueHeads();
    private final int headDim = config.headDim();
    private final Operand<TFloat32> mask_B1TT;
    private final Operand<TFloat32> cos_TD;
    private final Operand<TFloat32> sin_TD;
    private final Operand<TFloat32> rotation_DD;

    Attention(Operand<TInt32> segments_BT, int length) {
      this.length = length;
      this.mask_B1TT = mask(segments_BT);
      float[] cos = new float[length * headDim];
      float[] sin = new float[length * headDim];
      for (int t = 0; t < length; t++) {
        for (int d = 0; d < headDim; d++) {
          double angle = t * Math.pow(config.ropeTheta(), -2.0 * (d % (headDim / 2)) / headDim);
          cos[t * headDim + d] = (float) Math.cos(angle);
          sin[t * headDim + d] = (float) Math.sin(angle);
        }
      }
      this.cos_TD = tf.constant(Shape.of(length, headDim), DataBuffers.of(cos));
      this.sin_TD = tf.constant(Shape.of(length, headDim), DataBuffers.of(sin));
      this.rotation_DD = rotation();
    }

    Operand<TFloat32> apply(int i, Operand<TFloat32> x_NC) {
      int keyDim = keyHeads * headDim;
      Operand<TFloat32> norm_C = weight(block(i, "input_layernorm"));
      // 1 / sqrt(D), which belongs to the attention scores, costs least where the numbers are
      // fewest.
      Operand<TFloat32> query_CC =
          tf.math.mul(
              weight(block(i, "self_attn.q_proj")), tf.constant((float) (1 / Math.sqrt(headDim))));
      Operand<TFloat32> in =
          tf.concat(
              List.of(
                  query_CC,
                  weight(block(i, "self_attn.k_proj")),
                  weight(block(i, "self_attn.v_proj"))),
              tf.constant(0));
      Operand<TFloat32> qkv_NX = project(x_NC, tf.math.mul(in, norm_C));
      Operand<TFloat32> qkv_BTXD =
          tf.reshape(qkv_NX, shape(-1, length, heads + 2 * keyHeads, headDim));
      Operand<TFloat32> qkv_BXTD = tf.linalg.transpose(qkv_BTXD, shape(0, 2, 1, 3));
      List<Operand<TFloat32>> parts = splitHeads(qkv_BXTD);
      Operand<TFloat32> q_BKXD =
          tf.reshape(
              rotate(parts.get(0), heads), shape(-1, keyHeads, heads / keyHeads * length, headDim));
      Operand<TFloat32> k_BKTD = rotate(parts.get(1), keyHeads);
      Operand<TFloat32> v_BKTD = parts.get(2);

      Operand<TFloat32> scores_BKXT = batchMatMul(q_BKXD, k_BKTD, true);
      Operand<TFloat32> scores_BHTT = tf.reshape(scores_BKXT, shape(-1, heads, length, length));
      Operand<TFloat32> attention_BHTT = tf.nn.softmax(tf.math.add(scores_BHTT, mask_B1TT));
      Operand<TFloat32> attention_BKXT =
          tf.reshape(attention_BHTT, shape(-1, keyHeads, heads / keyHeads * length, length));
      Operand<TFloat32> mixed_BKXD = batchMatMul(attention_BKXT, v_BKTD, false);
      Operand<TFloat32> mixed_BHTD = tf.reshape(mixed_BKXD, shape(-1, heads, length, headDim));
      Operand<TFloat32> mixed_BTHD = tf.linalg.transpose(mixed_BHTD, shape(0, 2, 1, 3));
      Operand<TFloat32> mixed_NC = tf.reshape(mixed_BTHD, shape(-1, config.embeddingDim()));
      return project(mixed_NC, weight(block(i, "self_attn.o_proj")));
    }

    private List<Operand<TFloat32>> splitHeads(Operand<TFloat32> qkv_BXTD) {
      var sizes = tf.constant(new int[] {heads, keyHeads, keyHeads});
      return List.copyOf(tf.splitV(qkv_BXTD, sizes, tf.constant(1), 3L).output());
    }

    /** Rotary positions: {@code x cos + (x R) sin}. */
    private Operand<TFloat32> rotate(Operand<TFloat32> x_BXTD, int headCount) {
      Operand<TFloat32> flat = tf.reshape(x_BXTD, shape(-1, headDim));
      Operand<TFloat32> turned =
          tf.reshape(tf.linalg.matMul(flat, rotation_DD), shape(-1, headCount, length, headDim));
      return tf.math.add(tf.math.mul(x_BXTD, cos_TD), tf.math.mul(turned, sin_TD));
    }

    /**
     * The matrix R that turns {@code (a, b)} into {@code (-b, a)} for halves a and b of a head. A
     * product with its ones and zeros is exact, and faster than cutting and joining short runs of
     * numbers.
     */
    private Operand<TFloat32> rotation() {
      float[] r = new float[headDim * headDim];
      for (int d = 0; d < headDim / 2; d++) {
        r[(d + headDim / 2) * headDim + d] = -1;
        r[d * headDim + d + headDim / 2] = 1;
      }
      return tf.constant(Shape.of(headDim, headDim), DataBuffers.of(r));
    }

    /** 0 where a token may look, a large negative number where not. */
    private Operand<TFloat32> mask(Operand<TInt32> segments_BT) {
      boolean[] causal = new boolean[length * length];
      for (int i = 0; i < length; i++) {
        for (int j = 0; j <= i; j++) {
          causal[i * length + j] = true;
        }
      }
      Operand<TBool> causal_TT = tf.constant(Shape.of(length, length), DataBuffers.of(causal));
      Operand<TBool> same_B1TT =
          tf.math.equal(
              tf.reshape(segments_BT, shape(-1, 1, length, 1)),
              tf.reshape(segments_BT, shape(-1, 1, 1, length)));
      return tf.select(
          tf.math.logicalAnd(same_B1TT, causal_TT), tf.constant(0f), tf.constant(MASKED));
    }

    private Operand<TFloat32> batchMatMul(
        Operand<TFloat32> a, Operand<TFloat32> b, boolean transposeB) {
      return tf.train.batchMatMul(a, b, TFloat32.class, BatchMatMul.adjY(transposeB));
    }

    private Operand<TInt32> shape(int... sizes) {
      return tf.constant(sizes);
    }
  }
}
