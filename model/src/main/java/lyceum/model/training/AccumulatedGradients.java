package lyceum.model.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.model.format.FloatTensor;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.types.TFloat32;

/**
 * The sum of the gradients of a step's micro-batches, as variables of the computation. A step adds
 * each micro-batch in a run of its own; then, in other runs, whoever changes weights reads the
 * sums. What stands between the two, such as a sum over several processes, may change the
 * variables.
 */
public final class AccumulatedGradients {
  /** Before the name of a weight, the variable of its gradient. */
  static final String PREFIX = "gradient/";

  private final Computation computation;
  private final SortedMap<String, int[]> variables = new TreeMap<>();
  private final Map<String, Operand<TFloat32>> sums;
  private final List<Operand<TFloat32>> fetches = new ArrayList<>();
  private final List<Operation> set = new ArrayList<>();
  private final List<Operation> add = new ArrayList<>();
  private final Operand<TFloat32> norm;

  /**
   * Adds the variables to the graph.
   *
   * @param shapes of the weights
   * @param loss of a micro-batch
   */
  public AccumulatedGradients(
      Computation computation, SortedMap<String, int[]> shapes, TrainingTask.Loss loss) {
    this.computation = computation;
    this.sums = computation.variables(PREFIX, shapes);
    fetches.add(loss.value());
    fetches.addAll(loss.observed());
    List<Operand<TFloat32>> halfSquares = new ArrayList<>();
    shapes.forEach(
        (name, shape) -> {
          variables.put(PREFIX + name, shape);
          Operand<TFloat32> gradient =
              Objects.requireNonNull(loss.gradients().get(name), () -> "no gradient of " + name);
          // The first micro-batch overwrites, which costs no memory traffic and needs no zeroing.
          set.add(
              computation.tf().assignVariableOp(computation.handle(PREFIX + name), gradient).op());
          add.add(
              computation
                  .tf()
                  .assignAddVariableOp(computation.handle(PREFIX + name), gradient)
                  .op());
          halfSquares.add(computation.tf().nn.l2Loss(sum(name)));
        });
    this.norm =
        computation
            .tf()
            .math
            .sqrt(
                computation
                    .tf()
                    .math
                    .mul(computation.tf().constant(2f), computation.tf().math.addN(halfSquares)));
  }

  /** The accumulated gradient of a weight. */
  public Operand<TFloat32> sum(String weight) {
    return Objects.requireNonNull(sums.get(weight), weight);
  }

  /** Names of the variables with their shapes, which are those of the weights. */
  public SortedMap<String, int[]> variables() {
    return variables;
  }

  /**
   * Computes the gradients of a micro-batch and adds them to the sums.
   *
   * @param first whether the micro-batch is a step's first, with which the sums begin anew
   * @return the loss, then what is observed beside it
   */
  List<float[]> add(Feeds feeds, boolean first) {
    return computation.run(feeds, fetches, first ? set : add);
  }

  /** Global norm of the sums. */
  double norm() {
    return computation.run(new Feeds(), List.of(norm), List.of()).getFirst()[0];
  }

  /** Copies of the sums, by variable name. */
  SortedMap<String, FloatTensor> read() {
    return computation.read("", variables);
  }
}
