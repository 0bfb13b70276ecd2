package lyceum.model.training;

import java.util.List;
import java.util.Map;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.model.transformer.DecoderGraph;
import lyceum.model.transformer.TokenLoss;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A model's loss on tokens in the graph of a computation, to learn from or only to look at. */
public final class TokenGraph {
  private final Computation computation;
  private final TokenLoss loss;

  /** Adds a model's loss to the graph, computed plainly. */
  public TokenGraph(
      Computation computation,
      ModelConfig config,
      Map<String, Operand<TFloat32>> weights,
      TokenInputs inputs,
      int length) {
    this(computation, config, weights, inputs, length, ComputeSettings.PLAIN);
  }

  /**
   * Adds a model's loss to the graph.
   *
   * @param weights the model's
   * @param length T of the inputs
   */
  public TokenGraph(
      Computation computation,
      ModelConfig config,
      Map<String, Operand<TFloat32>> weights,
      TokenInputs inputs,
      int length,
      ComputeSettings compute) {
    this.computation = computation;
    DecoderGraph model =
        DecoderGraph.of(
            computation.graph(),
            config,
            weights,
            inputs.ids_BT(),
            inputs.segments_BT(),
            length,
            compute);
    this.loss =
        new TokenLoss(
            computation.graph(),
            config,
            model,
            inputs.positions_N(),
            inputs.targets_N(),
            inputs.weights_N(),
            compute);
  }

  public TokenLoss loss() {
    return loss;
  }

  /** Cross-entropy in nats of each token to be predicted, by the weights as they are now. */
  public float[] tokenLosses(Feeds feeds) {
    return computation.run(feeds, List.of(loss.tokenLosses()), List.of()).getFirst();
  }
}
