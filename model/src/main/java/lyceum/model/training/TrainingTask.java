package lyceum.model.training;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.recipe.ComputeSettings;
import lyceum.model.format.FloatTensor;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * What is learned: weights, a loss, and the batch of each step. The {@link Trainer} does the rest.
 */
public interface TrainingTask {
  /** The stage's noun, for messages. */
  String name();

  /**
   * Everything that the trained weights depend on, as text; a state of another task is refused by
   * it.
   */
  String contract();

  /** How it is computed. */
  default ComputeSettings compute() {
    return ComputeSettings.PLAIN;
  }

  /** Weights to start from. A pure function of the contract. */
  SortedMap<String, FloatTensor> initialWeights();

  /**
   * Adds the loss, its gradients and whatever else batches need to the graph, and sets variables of
   * its own.
   */
  Loss build(Computation computation, Map<String, Operand<TFloat32>> weights);

  /**
   * The batch of a step; a pure function of the contract, the step and the weights.
   *
   * @param step counted from 0
   */
  Batch batch(Computation computation, long step);

  /**
   * Figures to report with a step.
   *
   * @param observed values of {@link Loss#observed}, computed with the weights before the update;
   *     those of a step's micro-batches one after the other
   * @param stepsDone this step included
   */
  default SortedMap<String, Double> report(
      Computation computation, Batch batch, List<float[]> observed, long stepsDone) {
    return batch.metrics();
  }

  /**
   * Texts to show with a step, by name; empty where there is nothing to show.
   *
   * @param stepsDone this step included
   */
  default SortedMap<String, String> samples(Computation computation, long stepsDone) {
    return new TreeMap<>();
  }

  /** Totals to keep in the state besides the trainer's own. */
  default SortedMap<String, String> memory() {
    return new TreeMap<>();
  }

  /** Takes up what {@link #memory} kept. */
  default void recall(SortedMap<String, String> memory) {}

  /**
   * A loss in the graph; that of a step is the sum over its micro-batches.
   *
   * @param value the loss, a single number
   * @param gradients of every weight, by name
   * @param observed tensors to hand to {@link #report}
   */
  record Loss(
      Operand<TFloat32> value,
      Map<String, Operand<TFloat32>> gradients,
      List<Operand<TFloat32>> observed) {}

  /**
   * Inputs of a step.
   *
   * @param microBatches inputs of the step's parts, whose losses add up to the step's
   * @param tokens learned from
   */
  record Batch(List<Feeds> microBatches, long tokens, SortedMap<String, Double> metrics) {
    public Batch {
      microBatches = List.copyOf(microBatches);
      if (microBatches.isEmpty()) {
        throw LyceumException.internal("A step needs a micro-batch to learn from.");
      }
    }

    public Batch(List<Feeds> microBatches, long tokens) {
      this(microBatches, tokens, new TreeMap<>());
    }
  }
}
