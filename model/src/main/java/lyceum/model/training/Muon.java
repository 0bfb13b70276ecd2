package lyceum.model.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.model.format.LanguageModel;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * Muon (Jordan et al. 2024) as graph operations: the matrices of the blocks move by their
 * gradients' Nesterov momentum with all its singular values brought near 1, by five Newton-Schulz
 * iterations and not by a decomposition. Of a matrix of m rows and n columns the step is {@code
 * rate * 0.2 sqrt(max(m, n))}, whose root mean square is about that of AdamW's, so that one rate
 * serves both (arXiv 2502.16982, section 2.2). Everything else is {@link AdamW}'s: embeddings,
 * output projection, gains, a scalar head.
 */
final class Muon implements Optimizer {
  private static final String MOMENTUM = "muon.m/";
  private static final String SCALE = "muon.scale";
  private static final String RATE = "muon.rate";

  /** Of the odd polynomial whose slope at zero is steep; those of the authors and of PyTorch. */
  private static final float[] COEFFICIENTS = {3.4445f, -4.7750f, 2.0315f};

  private static final int ITERATIONS = 5;
  private static final float SMALLEST_NORM = 1e-7f;
  private static final double LIKE_ADAMW = 0.2;

  private final Computation computation;
  private final OptimizerSettings settings;
  private final Ops tf;
  private final AdamW rest;
  private final List<Operation> update = new ArrayList<>();
  private final SortedMap<String, int[]> state = new TreeMap<>();

  Muon(
      Computation computation,
      OptimizerSettings settings,
      SortedMap<String, int[]> shapes,
      Map<String, Operand<TFloat32>> weights,
      AccumulatedGradients gradients) {
    this.computation = computation;
    this.settings = settings;
    this.tf = computation.tf();
    SortedMap<String, int[]> others = new TreeMap<>(shapes);
    others.keySet().removeIf(name -> isMine(name, Objects.requireNonNull(shapes.get(name))));
    this.rest = new AdamW(computation, settings, others, weights, gradients);
    Operand<TFloat32> scale = computation.floats(SCALE);
    Operand<TFloat32> rate = computation.floats(RATE);
    shapes.forEach(
        (name, shape) -> {
          if (isMine(name, shape)) {
            state.put(MOMENTUM + name, shape);
            Operand<TFloat32> momentum = computation.variable(MOMENTUM + name, shape);
            Operand<TFloat32> gradient = tf.math.mul(gradients.sum(name), scale);
            Operand<TFloat32> weight = Objects.requireNonNull(weights.get(name), name);
            move(name, shape, weight, momentum, gradient, rate);
          }
        });
    state.putAll(rest.state());
  }

  private static boolean isMine(String name, int[] shape) {
    return shape.length == 2 && name.startsWith(LanguageModel.BLOCKS);
  }

  private void move(
      String name,
      int[] shape,
      Operand<TFloat32> weight,
      Operand<TFloat32> momentum,
      Operand<TFloat32> gradient,
      Operand<TFloat32> rate) {
    float keep = settings.momentum().floatValue();
    Operand<TFloat32> next = between(momentum, gradient, 1 - keep);
    Operand<TFloat32> direction = orthogonal(between(gradient, next, keep), shape);
    float size = (float) (LIKE_ADAMW * Math.sqrt(Math.max(shape[0], shape[1])));
    Operand<TFloat32> step =
        tf.math.mul(
            rate,
            tf.math.add(
                tf.math.mul(direction, tf.constant(size)),
                tf.math.mul(weight, tf.constant((float) settings.weightDecay()))));
    update.add(tf.assignVariableOp(computation.handle(MOMENTUM + name), next).op());
    update.add(tf.assignSubVariableOp(computation.handle(name), step).op());
  }

  /** {@code a + share (b - a)}. */
  private Operand<TFloat32> between(Operand<TFloat32> a, Operand<TFloat32> b, float share) {
    return tf.math.add(a, tf.math.mul(tf.math.sub(b, a), tf.constant(share)));
  }

  /** {@code U V^T} of the decomposition {@code U S V^T}, nearly. */
  private Operand<TFloat32> orthogonal(Operand<TFloat32> matrix, int[] shape) {
    boolean tall = shape[0] > shape[1];
    Operand<TFloat32> length = tf.math.sqrt(tf.math.mul(tf.constant(2f), tf.nn.l2Loss(matrix)));
    Operand<TFloat32> x = tf.math.div(matrix, tf.math.maximum(length, tf.constant(SMALLEST_NORM)));
    for (int i = 0; i < ITERATIONS; i++) {
      // The smaller of the two products with its transpose; a tall matrix is multiplied from the
      // right.
      Operand<TFloat32> gram =
          tf.linalg.matMul(x, x, MatMul.transposeA(tall), MatMul.transposeB(!tall));
      Operand<TFloat32> polynomial =
          tf.math.add(
              tf.math.mul(gram, tf.constant(COEFFICIENTS[1])),
              tf.math.mul(tf.linalg.matMul(gram, gram), tf.constant(COEFFICIENTS[2])));
      Operand<TFloat32> product =
          tall ? tf.linalg.matMul(x, polynomial) : tf.linalg.matMul(polynomial, x);
      x = tf.math.add(tf.math.mul(x, tf.constant(COEFFICIENTS[0])), product);
    }
    return x;
  }

  @Override
  public SortedMap<String, int[]> state() {
    return state;
  }

  @Override
  public void update(long step, double rate, double gradientNorm) {
    Feeds feeds =
        new Feeds().scalar(SCALE, AdamW.clipScale(settings, gradientNorm)).scalar(RATE, rate);
    computation.run(feeds, List.of(), update);
    rest.update(step, rate, gradientNorm);
  }
}
