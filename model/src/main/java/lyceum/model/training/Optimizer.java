package lyceum.model.training;

import java.util.SortedMap;

/**
 * Changes weights by the gradients in {@link AccumulatedGradients}. What it remembers from step to
 * step are variables of the computation, all zero before the first.
 */
public interface Optimizer {
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
