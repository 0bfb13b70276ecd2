package lyceum.model.training;

import java.util.Map;
import java.util.SortedMap;
import lyceum.core.recipe.OptimizerSettings;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Changes weights by the gradients in {@link AccumulatedGradients}. What it remembers from step to
 * step are variables of the computation, all zero before the first.
 */
public interface Optimizer {
  /**
   * Adds the optimizer of the settings to the graph.
   *
   * @param shapes of the weights, which are variables of the computation under the same names
   * @param weights their values at the start of an update
   */
  static Optimizer of(
      Computation computation,
      OptimizerSettings settings,
      SortedMap<String, int[]> shapes,
      Map<String, Operand<TFloat32>> weights,
      AccumulatedGradients gradients) {
    return switch (settings.algorithm()) {
      case ADAMW -> new AdamW(computation, settings, shapes, weights, gradients);
      case MUON -> new Muon(computation, settings, shapes, weights, gradients);
    };
  }

  /** Names and shapes of the variables that it remembers by. */
  SortedMap<String, int[]> state();

  /**
   * Makes one update of the weights.
   *
   * @param step counted from 0
   * @param gradientNorm global norm of the gradients, by which they are clipped
   */
  void update(long step, double rate, double gradientNorm);
}
