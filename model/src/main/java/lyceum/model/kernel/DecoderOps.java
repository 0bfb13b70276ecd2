package lyceum.model.kernel;

import static lyceum.model.format.LanguageModel.block;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.Precision;
import lyceum.model.format.LanguageModel;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The decoder on rows of tokens as single operations of a graph. Dimensions are named as in {@link
 * lyceum.model.transformer.Transformer}, which is the reference for what they compute.
 *
 * <p>Equal segment numbers must lie side by side, and a place may predict one token only.
 */
public final class DecoderOps {
  private static final List<String> OF_LAYER =
      List.of(
          "input_layernorm",
          "self_attn.q_proj",
          "self_attn.k_proj",
          "self_attn.v_proj",
          "self_attn.o_proj",
          "post_attention_layernorm",
          "mlp.gate_proj",
          "mlp.up_proj",
          "mlp.down_proj");

  private final Graph graph;
  private final Ops tf;
  private final ModelConfig config;
  private final ComputeSettings compute;
  private final Operand<TInt32> ids_BT;
  private final Operand<TInt32> segments_BT;
  private final LinkedHashMap<String, Operand<TFloat32>> weights = new LinkedHashMap<>();

  /**
   * Losses of tokens in a graph, and gradients of their weighted sum.
   *
   * @param losses_M of each token to predict, in nats
   * @param gradients by every weight
   */
  public record TokenGradients(
      Operand<TFloat32> losses_M, Map<String, Operand<TFloat32>> gradients) {}

  private DecoderOps(
      Graph graph,
      ModelConfig config,
      ComputeSettings compute,
      Map<String, Operand<TFloat32>> weights,
      Operand<TInt32> ids_BT,
      Operand<TInt32> segments_BT) {
    this.graph = graph;
    this.tf = Ops.create(graph);
    this.config = config;
    this.compute = compute;
    this.ids_BT = ids_BT;
    this.segments_BT = segments_BT;
    List<String> names = new ArrayList<>(List.of(LanguageModel.EMBEDDING));
    for (int i = 0; i < config.layers(); i++) {
      for (String part : OF_LAYER) {
        names.add(block(i, part));
      }
    }
    names.add(LanguageModel.FINAL_NORM);
    if (!config.tiedEmbeddings()) {
      names.add(LanguageModel.OUTPUT);
    }
    for (String name : names) {
      Operand<TFloat32> weight = weights.get(name);
      if (weight == null && name.equals(LanguageModel.OUTPUT)) {
        // A model without a head of its own, such as a reward model: its hidden stream does not
        // need one.
        weight = this.weights.get(LanguageModel.EMBEDDING);
      }
      this.weights.put(name, Objects.requireNonNull(weight, name));
    }
  }

  /**
   * The operations for a model and rows of tokens; empty where the machine has no native library or
   * the sizes don't suit it, and on a GPU.
   *
   * @param length T
   */
  public static Optional<DecoderOps> of(
      Graph graph,
      ModelConfig config,
      ComputeSettings compute,
      Map<String, Operand<TFloat32>> weights,
      Operand<TInt32> ids_BT,
      Operand<TInt32> segments_BT,
      int length) {
    boolean paired = length % 2 == 0 && config.embeddingDim() % 2 == 0 && config.headDim() % 2 == 0;
    if (Kernels.available().isEmpty()
        || compute.onGpu()
        || (compute.precision() == Precision.BF16 && !paired)) {
      return Optional.empty();
    }
    return Optional.of(new DecoderOps(graph, config, compute, weights, ids_BT, segments_BT));
  }

  /** The residual stream after the last norm, {@code [N, C]}. */
  public Operand<TFloat32> hidden() {
    return build("LyceumHidden", List.of()).output(0).expect(TFloat32.class);
  }

  /**
   * Gradients by all weights but an output projection of its own, given that of {@link #hidden}.
   */
  public Map<String, Operand<TFloat32>> gradients(Operand<TFloat32> toHidden_NC) {
    Map<String, Operand<TFloat32>> gradients =
        gradients(build("LyceumHiddenGradients", List.of(toHidden_NC)), 0);
    gradients.remove(LanguageModel.OUTPUT);
    return gradients;
  }

  /**
   * Cross-entropy in nats of each token to predict, {@code [M]}.
   *
   * @param places_M that a token is predicted from, counted over all rows
   */
  public Operand<TFloat32> losses(Operand<TInt32> places_M, Operand<TInt32> targets_M) {
    return build("LyceumTokenLosses", List.of(places_M, targets_M))
        .output(0)
        .expect(TFloat32.class);
  }

  /** The same, and the gradients of {@code sum(weights * losses)} by every weight. */
  public TokenGradients gradients(
      Operand<TInt32> places_M, Operand<TInt32> targets_M, Operand<TFloat32> weights_M) {
    Operation operation = build("LyceumTokenGradients", List.of(places_M, targets_M, weights_M));
    return new TokenGradients(operation.output(0).expect(TFloat32.class), gradients(operation, 1));
  }

  private Map<String, Operand<TFloat32>> gradients(Operation operation, int first) {
    Map<String, Operand<TFloat32>> gradients = new LinkedHashMap<>();
    int i = first;
    for (String name : weights.keySet()) {
      gradients.put(name, operation.output(i++).expect(TFloat32.class));
    }
    return gradients;
  }

  private Operation build(String type, List<Operand<?>> inputs) {
    GraphOperationBuilder builder = graph.opBuilder(type, tf.scope().makeOpName(type), tf.scope());
    builder.addInput(ids_BT.asOutput()).addInput(segments_BT.asOutput());
    inputs.forEach(input -> builder.addInput(input.asOutput()));
    Output<?>[] all = weights.values().stream().map(Operand::asOutput).toArray(Output<?>[]::new);
    builder.addInputList(all);
    return builder
        .setAttr("n", all.length)
        .setAttr("layers", config.layers())
        .setAttr("heads", config.heads())
        .setAttr("key_heads", config.keyValueHeads())
        .setAttr("head_dim", config.headDim())
        .setAttr("frequencies", config.rotaryFrequencies())
        .setAttr("epsilon", (float) config.normEpsilon())
        .setAttr("tied", config.tiedEmbeddings())
        .setAttr("narrow", compute.precision() == Precision.BF16)
        .setAttr("recompute", compute.recompute())
        .build();
  }
}
