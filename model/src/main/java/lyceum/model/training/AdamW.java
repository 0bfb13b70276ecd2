package lyceum.model.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.model.kernel.AdamWOp;
import lyceum.model.kernel.Kernels;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * AdamW (arXiv 1711.05101) as graph operations: the gradients are scaled so that their global norm
 * is at most {@code gradientClip}; matrices shrink by {@code rate * weightDecay}; then Adam with
 * both moments corrected for their start at zero, as PyTorch computes it. Norm gains do not decay.
 */
final class AdamW implements Optimizer {
  private static final String FIRST_MOMENT = "adam.m/";
  private static final String SECOND_MOMENT = "adam.v/";

  private static final String SCALE = "optimizer.scale";
  private static final String RATE = "optimizer.rate";
  private static final String CORRECTED_RATE = "optimizer.corrected_rate";
  private static final String CORRECTED_EPSILON = "optimizer.corrected_epsilon";

  private final Computation computation;
  private final OptimizerSettings settings;
  private final List<Operation> update = new ArrayList<>();
  private final SortedMap<String, int[]> moments = new TreeMap<>();

  /**
   * Adds the operations to the graph.
   *
   * @param shapes of the weights, which are variables of the computation under the same names
   * @param weights their values at the start of the update
   */
  AdamW(
      Computation computation,
      OptimizerSettings settings,
      SortedMap<String, int[]> shapes,
      Map<String, Operand<TFloat32>> weights,
      AccumulatedGradients gradients) {
    this.computation = computation;
    this.settings = settings;
    Ops tf = computation.tf();
    Operand<TFloat32> scale = computation.floats(SCALE);
    Operand<TFloat32> rate = computation.floats(RATE);
    Operand<TFloat32> correctedRate = computation.floats(CORRECTED_RATE);
    Operand<TFloat32> correctedEpsilon = computation.floats(CORRECTED_EPSILON);
    shapes.forEach(
        (name, shape) -> {
          moments.put(FIRST_MOMENT + name, shape);
          moments.put(SECOND_MOMENT + name, shape);
          computation.variable(FIRST_MOMENT + name, shape);
          computation.variable(SECOND_MOMENT + name, shape);
        });
    if (Kernels.available().isPresent() && !computation.onGpu()) {
      update.add(
          AdamWOp.build(
              computation.graph(),
              settings,
              List.of(scale, rate, correctedRate, correctedEpsilon),
              shapes.entrySet().stream()
                  .map(
                      weight ->
                          new AdamWOp.Weight(
                              computation.handle(weight.getKey()),
                              computation.handle(FIRST_MOMENT + weight.getKey()),
                              computation.handle(SECOND_MOMENT + weight.getKey()),
                              gradients.sum(weight.getKey()),
                              weight.getValue().length > 1))
                  .toList()));
      return;
    }
    Operand<TFloat32> decay = tf.math.mul(rate, tf.constant((float) settings.weightDecay()));
    // The corrections arrive in rate and epsilon; zero powers keep the operation from correcting
    // again.
    Operand<TFloat32> noPower = tf.constant(0f);
    Operand<TFloat32> beta1 = tf.constant((float) settings.beta1());
    Operand<TFloat32> beta2 = tf.constant((float) settings.beta2());

    shapes.forEach(
        (name, shape) -> {
          Operand<TFloat32> clipped = tf.math.mul(gradients.sum(name), scale);
          Ops then = tf;
          if (shape.length > 1 && settings.weightDecay() > 0) {
            Operand<TFloat32> weight = Objects.requireNonNull(weights.get(name), name);
            Op shrink =
                tf.withControlDependencies(clipped)
                    .assignSubVariableOp(computation.handle(name), tf.math.mul(weight, decay));
            then = tf.withControlDependencies(shrink);
          }
          update.add(
              then.train
                  .resourceApplyAdam(
                      computation.handle(name),
                      computation.handle(FIRST_MOMENT + name),
                      computation.handle(SECOND_MOMENT + name),
                      noPower,
                      noPower,
                      correctedRate,
                      beta1,
                      beta2,
                      correctedEpsilon,
                      clipped)
                  .op());
        });
  }

  /** What gradients of a global norm are multiplied with so that it is at most the clip. */
  static float clipScale(OptimizerSettings settings, double gradientNorm) {
    float clip = (float) settings.gradientClip();
    return clip / Math.max((float) gradientNorm, clip);
  }

  @Override
  public SortedMap<String, int[]> state() {
    return moments;
  }

  @Override
  public void update(long step, double rate, double gradientNorm) {
    double correction1 = 1 - Math.pow(settings.beta1(), step + 1);
    double correction2 = Math.sqrt(1 - Math.pow(settings.beta2(), step + 1));
    Feeds feeds =
        new Feeds()
            .scalar(SCALE, clipScale(settings, gradientNorm))
            .scalar(RATE, rate)
            .scalar(CORRECTED_RATE, rate * correction2 / correction1)
            .scalar(CORRECTED_EPSILON, settings.epsilon() * correction2);
    computation.run(feeds, List.of(), update);
  }
}
