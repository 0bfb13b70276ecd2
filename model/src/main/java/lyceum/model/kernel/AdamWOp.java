package lyceum.model.kernel;

import java.util.List;
import java.util.function.Function;
import lyceum.core.recipe.OptimizerSettings;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A step of AdamW on all weights, in one pass over memory. */
public final class AdamWOp {
  private AdamWOp() {}

  /**
   * A weight's variables.
   *
   * @param gradient before it is clipped
   * @param decays whether weight decay shrinks it
   */
  public record Weight(
      Operand<?> weight,
      Operand<?> firstMoment,
      Operand<?> secondMoment,
      Operand<TFloat32> gradient,
      boolean decays) {}

  /**
   * Adds the operation to the graph.
   *
   * @param numbers of the step: by what the gradient is multiplied, the learning rate, the same
   *     corrected for moments that start at zero, and epsilon corrected likewise
   */
  public static Operation build(
      Graph graph,
      OptimizerSettings settings,
      List<Operand<TFloat32>> numbers,
      List<Weight> weights) {
    String type = "LyceumAdamW";
    Ops tf = Ops.create(graph);
    GraphOperationBuilder builder = graph.opBuilder(type, tf.scope().makeOpName(type), tf.scope());
    numbers.forEach(number -> builder.addInput(number.asOutput()));
    builder.addInputList(outputs(weights, Weight::weight));
    builder.addInputList(outputs(weights, Weight::firstMoment));
    builder.addInputList(outputs(weights, Weight::secondMoment));
    builder.addInputList(outputs(weights, Weight::gradient));
    return builder
        .setAttr("n", weights.size())
        .setAttr("beta1", (float) settings.beta1())
        .setAttr("beta2", (float) settings.beta2())
        .setAttr("weight_decay", (float) settings.weightDecay())
        .setAttr("decays", weights.stream().mapToLong(one -> one.decays() ? 1 : 0).toArray())
        .build();
  }

  private static Output<?>[] outputs(List<Weight> weights, Function<Weight, Operand<?>> of) {
    return weights.stream().map(of).map(Operand::asOutput).toArray(Output<?>[]::new);
  }
}
