package lyceum.model.transformer;

import static lyceum.model.format.LanguageModel.block;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.model.format.LanguageModel;
import lyceum.model.kernel.DecoderOps;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The decoder on rows of tokens, as graph operations: RMSNorm (arXiv 1910.07467), rotary positions
 * in the half-rotation form (arXiv 2104.09864), grouped-query attention (arXiv 2305.13245) and
 * SwiGLU (arXiv 2002.05202).
 *
 * <p>Names end in the shape of the tensor: B rows, T tokens of a row, N = B T tokens in all, C
 * width of the residual stream, H query heads, K key and value heads, G = H / K, D width of a head,
 * F width of the feed-forward layer, V token ids.
 *
 * <p>A row may hold several documents or chats; tokens see only earlier tokens with the same
 * segment number. Positions count from the start of the row, which is the same as counting from the
 * start of the segment: rotary attention depends on differences of positions only.
 */
public final class Transformer implements DecoderGraph {
  private static final float MASKED = -1e9f;

  private final Graph graph;
  private final Ops tf;
  private final ModelConfig config;
  private final Map<String, Operand<TFloat32>> weights;
  private final int length;
  private final Operand<TFloat32> mask_B1TT;
  private final Operand<TFloat32> cos_TD;
  private final Operand<TFloat32> sin_TD;
  private final Operand<TFloat32> rotation_DD;
  private final Operand<TFloat32> embedded_NC;
  private final ComputeSettings compute;
  private final List<Block> blocks = new ArrayList<>();
  private final Operand<TFloat32> hidden_NC;

  /** Queries of a group side by side, keys, values, and how much each token looks at which. */
  private record Heads(
      Operand<TFloat32> q_BKXD,
      Operand<TFloat32> k_BKTD,
      Operand<TFloat32> v_BKTD,
      Operand<TFloat32> attention_BKXT,
      Operand<TFloat32> mixed_BKXD) {}

  /**
   * Adds the decoder to the graph.
   *
   * @param weights every weight of {@link LanguageModel#shapes}, as an operand of the graph
   * @param ids_BT token ids
   * @param segments_BT number of the document or chat that each token belongs to
   * @param length T
   * @param compute in which precision, and whether the way back computes activations again
   */
  public Transformer(
      Graph graph,
      ModelConfig config,
      Map<String, Operand<TFloat32>> weights,
      Operand<TInt32> ids_BT,
      Operand<TInt32> segments_BT,
      int length,
      ComputeSettings compute) {
    this.graph = graph;
    this.tf = Ops.create(graph);
    this.config = config;
    this.compute = compute;
    this.weights = new LinkedHashMap<>(weights);
    this.length = length;
    this.mask_B1TT = mask(segments_BT);
    this.cos_TD = angles(Math::cos);
    this.sin_TD = angles(Math::sin);
    this.rotation_DD = rotation();
    Operand<TInt32> ids_N = tf.reshape(ids_BT, shape(-1));
    this.embedded_NC = tf.gather(weight(LanguageModel.EMBEDDING), ids_N, tf.constant(0));
    Operand<TFloat32> x_NC = embedded_NC;
    for (int i = 0; i < config.layers(); i++) {
      Block block = new Block(tf, i, x_NC);
      blocks.add(block);
      x_NC = block.out_NC;
    }
    this.hidden_NC = tf.math.mul(normalized(tf, x_NC), weight(LanguageModel.FINAL_NORM));
  }

  /** The residual stream after the last norm, {@code [N, C]}. */
  @Override
  public Operand<TFloat32> hidden() {
    return hidden_NC;
  }

  /**
   * The output projection, {@code [V, C]}: the embedding table itself where embeddings are tied.
   */
  @Override
  public Operand<TFloat32> head() {
    return weight(config.tiedEmbeddings() ? LanguageModel.EMBEDDING : LanguageModel.OUTPUT);
  }

  @Override
  public Optional<DecoderOps> fused() {
    return Optional.empty();
  }

  /**
   * Gradients by all weights but an output projection of its own, given that of {@link #hidden}.
   *
   * <p>Most of it is TensorFlow's own. The two matrix products of attention are differentiated by
   * hand, because the gradient that TensorFlow registers for them consists of a version of the
   * operation that oneDNN does not take over, at a quarter of the speed.
   */
  @Override
  public Map<String, Operand<TFloat32>> gradients(Operand<TFloat32> toHidden_NC) {
    Map<String, Operand<TFloat32>> gradients = new HashMap<>();
    Operand<TFloat32> last_NC = blocks.getLast().out_NC;
    Operand<TFloat32> toOut_NC =
        back(
                List.of(hidden_NC),
                List.of(toHidden_NC),
                List.of(last_NC),
                gradients,
                LanguageModel.FINAL_NORM)
            .getFirst();
    for (int i = blocks.size() - 1; i >= 0; i--) {
      Block block = compute.recompute() ? again(i, toOut_NC) : blocks.get(i);
      List<Operand<TFloat32>> toInAndMixed =
          back(
              List.of(block.out_NC),
              List.of(toOut_NC),
              List.of(block.in_NC, block.mixed),
              gradients,
              block(i, "self_attn.o_proj"),
              block(i, "post_attention_layernorm"),
              block(i, "mlp.gate_proj"),
              block(i, "mlp.up_proj"),
              block(i, "mlp.down_proj"));
      Heads heads = block.heads;
      Operand<TFloat32> toIn_NC =
          back(
                  List.of(heads.q_BKXD(), heads.k_BKTD(), heads.v_BKTD()),
                  backThroughAttention(heads, toInAndMixed.get(1)),
                  List.of(block.in_NC),
                  gradients,
                  block(i, "self_attn.q_proj"),
                  block(i, "self_attn.k_proj"),
                  block(i, "self_attn.v_proj"),
                  block(i, "input_layernorm"))
              .getFirst();
      toOut_NC = tf.math.add(toInAndMixed.getFirst(), toIn_NC);
    }
    back(List.of(embedded_NC), List.of(toOut_NC), List.of(), gradients, LanguageModel.EMBEDDING);
    return gradients;
  }

  /**
   * The block once more, of operations that wait for the gradient of its output: by then the
   * activations of the first time are freed, unless something else reads them.
   */
  private Block again(int i, Operand<TFloat32> toOut_NC) {
    return new Block(tf.withControlDependencies(toOut_NC), i, blocks.get(i).in_NC);
  }

  /**
   * Puts the gradients of weights into the map and returns those of the tensors.
   *
   * @param y tensors computed from the weights and tensors
   * @param toY their gradients
   */
  private List<Operand<TFloat32>> back(
      List<Operand<TFloat32>> y,
      List<Operand<TFloat32>> toY,
      List<Operand<TFloat32>> tensors,
      Map<String, Operand<TFloat32>> gradients,
      String... names) {
    List<Operand<TFloat32>> x = new ArrayList<>(tensors);
    for (String name : names) {
      x.add(weight(name));
    }
    List<Operand<TFloat32>> toX = Gradients.of(graph, y, toY, x);
    for (int i = 0; i < names.length; i++) {
      gradients.put(names[i], toX.get(tensors.size() + i));
    }
    return toX.subList(0, tensors.size());
  }

  private List<Operand<TFloat32>> backThroughAttention(
      Heads heads, Operand<TFloat32> toMixed_BKXD) {
    Products products = new Products(tf, compute.precision());
    Operand<TFloat32> attention_BKXT = heads.attention_BKXT();
    Operand<TFloat32> toAttention_BKXT =
        products.batchMatMul(toMixed_BKXD, heads.v_BKTD(), false, true);
    Operand<TFloat32> toV_BKTD = products.batchMatMul(attention_BKXT, toMixed_BKXD, true, false);
    // The sum over the row that the softmax's gradient takes off equals that of mixed * toMixed,
    // which is D wide and not T.
    Operand<TFloat32> sum_BKX1 =
        tf.sum(tf.math.mul(heads.mixed_BKXD(), toMixed_BKXD), tf.constant(-1), Sum.keepDims(true));
    Operand<TFloat32> toScores_BKXT =
        tf.math.mul(attention_BKXT, tf.math.sub(toAttention_BKXT, sum_BKX1));
    Operand<TFloat32> toQ_BKXD = products.batchMatMul(toScores_BKXT, heads.k_BKTD(), false, false);
    Operand<TFloat32> toK_BKTD = products.batchMatMul(toScores_BKXT, heads.q_BKXD(), true, false);
    return List.of(toQ_BKXD, toK_BKTD, toV_BKTD);
  }

  /**
   * RMSNorm without its gain. The gains of the blocks are multiplied into the matrices that follow,
   * which are much smaller than the activations: one pass over them less, and two less on the way
   * back.
   */
  private Operand<TFloat32> normalized(Ops tf, Operand<TFloat32> x_NC) {
    Operand<TFloat32> meanSquare_N1 =
        tf.math.mean(tf.math.square(x_NC), tf.constant(-1), Mean.keepDims(true));
    Operand<TFloat32> scale_N1 =
        tf.math.rsqrt(tf.math.add(meanSquare_N1, tf.constant((float) config.normEpsilon())));
    return tf.math.mul(x_NC, scale_N1);
  }

  /** A block in the graph: its tensors that its gradients are computed from. */
  private final class Block {
    private final Ops tf;
    private final Products products;
    private final Operand<TFloat32> in_NC;
    private final Heads heads;
    private final Operand<TFloat32> mixed;
    private final Operand<TFloat32> out_NC;

    Block(Ops tf, int i, Operand<TFloat32> in_NC) {
      this.tf = tf;
      this.products = new Products(tf, compute.precision());
      this.in_NC = in_NC;
      this.heads = attend(i, normalized(tf, in_NC));
      // The gradient of what follows goes no further back than this; attention has a gradient of
      // its own.
      this.mixed = tf.stopGradient(heads.mixed_BKXD());
      Operand<TFloat32> middle_NC = tf.math.add(in_NC, output(i, mixed));
      this.out_NC = tf.math.add(middle_NC, feedForward(i, normalized(tf, middle_NC)));
    }

    private Heads attend(int i, Operand<TFloat32> x_NC) {
      int heads = config.heads();
      int keyHeads = config.keyValueHeads();
      int headDim = config.headDim();
      int queries = heads / keyHeads * length;
      // 1 / sqrt(D), which belongs to the attention scores, costs least where the numbers are
      // fewest.
      Operand<TFloat32> query_CC =
          tf.math.mul(
              weight(block(i, "self_attn.q_proj")), tf.constant((float) (1 / Math.sqrt(headDim))));
      Operand<TFloat32> all_XC =
          tf.concat(
              List.of(
                  query_CC,
                  weight(block(i, "self_attn.k_proj")),
                  weight(block(i, "self_attn.v_proj"))),
              tf.constant(0));
      Operand<TFloat32> qkv_NX =
          project(x_NC, tf.math.mul(all_XC, weight(block(i, "input_layernorm"))));
      Operand<TFloat32> qkv_BTXD =
          tf.reshape(qkv_NX, shape(-1, length, heads + 2 * keyHeads, headDim));
      Operand<TFloat32> qkv_BXTD = tf.linalg.transpose(qkv_BTXD, shape(0, 2, 1, 3));
      List<Output<TFloat32>> parts =
          tf.splitV(qkv_BXTD, shape(heads, keyHeads, keyHeads), tf.constant(1), 3L).output();
      Operand<TFloat32> q_BKXD =
          tf.reshape(rotated(parts.get(0), heads), shape(-1, keyHeads, queries, headDim));
      Operand<TFloat32> k_BKTD = rotated(parts.get(1), keyHeads);
      Operand<TFloat32> v_BKTD = parts.get(2);

      Operand<TFloat32> scores_BHTT =
          tf.reshape(
              products.batchMatMul(q_BKXD, k_BKTD, false, true), shape(-1, heads, length, length));
      Operand<TFloat32> attention_BHTT = tf.nn.softmax(tf.math.add(scores_BHTT, mask_B1TT));
      Operand<TFloat32> attention_BKXT =
          tf.reshape(attention_BHTT, shape(-1, keyHeads, queries, length));
      Operand<TFloat32> mixed_BKXD = products.batchMatMul(attention_BKXT, v_BKTD, false, false);
      return new Heads(q_BKXD, k_BKTD, v_BKTD, attention_BKXT, mixed_BKXD);
    }

    private Operand<TFloat32> output(int i, Operand<TFloat32> mixed_BKXD) {
      Operand<TFloat32> mixed_BHTD =
          tf.reshape(mixed_BKXD, shape(-1, config.heads(), length, config.headDim()));
      Operand<TFloat32> mixed_BTHD = tf.linalg.transpose(mixed_BHTD, shape(0, 2, 1, 3));
      Operand<TFloat32> mixed_NC = tf.reshape(mixed_BTHD, shape(-1, config.embeddingDim()));
      return project(mixed_NC, weight(block(i, "self_attn.o_proj")));
    }

    /** Rotary positions: {@code x cos + (x R) sin}. */
    private Operand<TFloat32> rotated(Operand<TFloat32> x_BXTD, int heads) {
      int headDim = config.headDim();
      Operand<TFloat32> flat = tf.reshape(x_BXTD, shape(-1, headDim));
      Operand<TFloat32> turned =
          tf.reshape(tf.linalg.matMul(flat, rotation_DD), shape(-1, heads, length, headDim));
      return tf.math.add(tf.math.mul(x_BXTD, cos_TD), tf.math.mul(turned, sin_TD));
    }

    private Operand<TFloat32> feedForward(int i, Operand<TFloat32> x_NC) {
      Operand<TFloat32> norm_C = weight(block(i, "post_attention_layernorm"));
      Operand<TFloat32> gate_NF =
          project(x_NC, tf.math.mul(weight(block(i, "mlp.gate_proj")), norm_C));
      Operand<TFloat32> up_NF = project(x_NC, tf.math.mul(weight(block(i, "mlp.up_proj")), norm_C));
      Operand<TFloat32> silu_NF = tf.math.mul(gate_NF, tf.math.sigmoid(gate_NF));
      return project(tf.math.mul(silu_NF, up_NF), weight(block(i, "mlp.down_proj")));
    }

    private Operand<TFloat32> project(Operand<TFloat32> x, Operand<TFloat32> outIn) {
      return products.matMul(x, outIn, false, true);
    }
  }

  /**
   * The matrix R that turns {@code (a, b)} into {@code (-b, a)} for the halves a and b of a head. A
   * product with its ones and zeros is exact, and faster than cutting and joining short runs of
   * numbers.
   */
  private Operand<TFloat32> rotation() {
    int headDim = config.headDim();
    float[] r = new float[headDim * headDim];
    for (int d = 0; d < headDim / 2; d++) {
      r[(d + headDim / 2) * headDim + d] = -1;
      r[d * headDim + d + headDim / 2] = 1;
    }
    return tf.constant(Shape.of(headDim, headDim), DataBuffers.of(r));
  }

  private Operand<TFloat32> angles(DoubleUnaryOperator of) {
    int headDim = config.headDim();
    float[] frequencies = config.rotaryFrequencies();
    float[] values = new float[length * headDim];
    for (int t = 0; t < length; t++) {
      for (int d = 0; d < headDim; d++) {
        values[t * headDim + d] = (float) of.applyAsDouble(t * frequencies[d % frequencies.length]);
      }
    }
    return tf.constant(Shape.of(length, headDim), DataBuffers.of(values));
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

  private Operand<TFloat32> weight(String name) {
    return Objects.requireNonNull(weights.get(name), name);
  }

  private Operand<TInt32> shape(int... sizes) {
    return tf.constant(sizes);
  }
}
