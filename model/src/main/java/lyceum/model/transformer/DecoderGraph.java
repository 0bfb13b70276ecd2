package lyceum.model.transformer;

import java.util.Map;
import java.util.Optional;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.model.kernel.DecoderOps;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** The decoder on rows of tokens in a graph, whoever computes it. */
public interface DecoderGraph {
  /** The residual stream after the last norm, {@code [N, C]}. */
  Operand<TFloat32> hidden();

  /**
   * The output projection, {@code [V, C]}: the embedding table itself where embeddings are tied.
   */
  Operand<TFloat32> head();

  /**
   * Gradients by all weights but an output projection of its own, given that of {@link #hidden}.
   */
  Map<String, Operand<TFloat32>> gradients(Operand<TFloat32> toHidden_NC);

  /** Losses of tokens with their gradients in one operation, where there is such. */
  Optional<DecoderOps> fused();

  /**
   * Adds the decoder to the graph: native operations where the machine has them, else stock ones.
   *
   * @param weights every weight of {@link lyceum.model.format.LanguageModel#shapes}
   * @param ids_BT token ids
   * @param segments_BT number of the document or chat that each token belongs to; equal numbers lie
   *     side by side
   * @param length T
   */
  static DecoderGraph of(
      Graph graph,
      ModelConfig config,
      Map<String, Operand<TFloat32>> weights,
      Operand<TInt32> ids_BT,
      Operand<TInt32> segments_BT,
      int length,
      ComputeSettings compute) {
    return DecoderOps.of(graph, config, compute, weights, ids_BT, segments_BT, length)
        .<DecoderGraph>map(ops -> new NativeDecoder(config, weights, ops))
        .orElseGet(
            () -> new Transformer(graph, config, weights, ids_BT, segments_BT, length, compute));
  }
}
