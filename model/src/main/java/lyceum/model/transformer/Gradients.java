package lyceum.model.transformer;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.types.TFloat32;

/** TensorFlow's symbolic gradients, typed. */
public final class Gradients {
  private Gradients() {}

  /**
   * Adds gradients to the graph.
   *
   * @param y tensors that together depend on each of {@code x}
   * @param toY gradient of the loss by each of them, in their shapes
   * @param x what to differentiate by
   * @return gradient of the loss by each of {@code x}, through {@code y}
   */
  public static List<Operand<TFloat32>> of(
      Graph graph,
      List<Operand<TFloat32>> y,
      List<Operand<TFloat32>> toY,
      List<Operand<TFloat32>> x) {
    // Names are only unique under a prefix of their own.
    String prefix = "gradients_of_" + y.getFirst().op().name();
    Output<?>[] toX = graph.addGradients(prefix, outputs(y), outputs(x), outputs(toY));
    List<Operand<TFloat32>> gradients = new ArrayList<>(x.size());
    for (Output<?> gradient : toX) {
      gradients.add(gradient.expect(TFloat32.class));
    }
    return gradients;
  }

  private static Output<?>[] outputs(List<Operand<TFloat32>> operands) {
    return operands.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
  }
}
