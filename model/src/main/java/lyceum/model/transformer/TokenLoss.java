package lyceum.model.transformer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import lyceum.model.format.LanguageModel;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.nn.SparseSoftmaxCrossEntropyWithLogits;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The weighted sum of the cross-entropies of tokens: {@code sum(weights *
 * crossEntropy(logits(hidden), targets))}.
 *
 * <p>The step from the residual stream to the loss is differentiated by hand: {@code
 * SparseSoftmaxCrossEntropyWithLogits} returns the gradient of the logits beside the loss but has
 * no registered gradient, and this way the largest tensor of the training, N times V, is gone
 * through as rarely as can be.
 */
public final class TokenLoss {
  private final Graph graph;
  private final Transformer model;
  private final Operand<TFloat32> hidden_NC;
  private final Operand<TFloat32> weights_N;
  private final Operand<TFloat32> logits_NV;
  private final Operand<TFloat32> tokenLosses_N;
  private final Operand<TFloat32> logitGradients_NV;
  private final Operand<TFloat32> loss;

  /**
   * @param hidden_NC from {@link Transformer#hidden}, or rows gathered from it
   * @param targets_N the token that should have been predicted from each row
   * @param weights_N of each token; may be 0 and may be negative
   */
  public TokenLoss(
      Graph graph,
      Transformer model,
      Operand<TFloat32> hidden_NC,
      Operand<TInt32> targets_N,
      Operand<TFloat32> weights_N) {
    Ops tf = Ops.create(graph);
    this.graph = graph;
    this.model = model;
    this.hidden_NC = hidden_NC;
    this.weights_N = weights_N;
    this.logits_NV = model.logits(hidden_NC);
    SparseSoftmaxCrossEntropyWithLogits<TFloat32> entropy =
        tf.nn.sparseSoftmaxCrossEntropyWithLogits(logits_NV, targets_N);
    this.tokenLosses_N = entropy.loss();
    this.logitGradients_NV = entropy.backprop();
    this.loss = tf.sum(tf.math.mul(weights_N, tokenLosses_N), tf.constant(0));
  }

  /** The loss, a single number. */
  public Operand<TFloat32> value() {
    return loss;
  }

  public Operand<TFloat32> logits() {
    return logits_NV;
  }

  /** Cross-entropy of each token in nats, without its weight, {@code [N]}. */
  public Operand<TFloat32> tokenLosses() {
    return tokenLosses_N;
  }

  /** Gradient of each token's cross-entropy by its logits, {@code [N, V]}. */
  public Operand<TFloat32> logitGradients() {
    return logitGradients_NV;
  }

  /** Gradients of the loss by the model's weights. */
  public Map<String, Operand<TFloat32>> gradients(Map<String, Operand<TFloat32>> variables) {
    return gradients(logitGradients_NV, variables);
  }

  /**
   * Gradients by the model's weights of another loss on the same logits.
   *
   * @param logitGradients_NV that loss's gradient by the logits of each token, as if the token's
   *     weight were 1
   */
  public Map<String, Operand<TFloat32>> gradients(
      Operand<TFloat32> logitGradients_NV, Map<String, Operand<TFloat32>> variables) {
    Ops tf = Ops.create(graph);
    // The weights of the tokens are applied to tensors of width C, not V.
    Operand<TFloat32> weights_N1 = tf.expandDims(weights_N, tf.constant(1));
    Operand<TFloat32> toHidden_NC =
        tf.math.mul(tf.linalg.matMul(logitGradients_NV, model.head()), weights_N1);
    Operand<TFloat32> toHead_VC =
        tf.linalg.matMul(
            logitGradients_NV, tf.math.mul(hidden_NC, weights_N1), MatMul.transposeA(true));
    Map<String, Operand<TFloat32>> inside = new LinkedHashMap<>(variables);
    boolean tied = inside.remove(LanguageModel.OUTPUT) == null;
    Map<String, Operand<TFloat32>> gradients = backward(graph, hidden_NC, toHidden_NC, inside);
    if (tied) {
      Operand<TFloat32> toTable_VC = Objects.requireNonNull(gradients.get(LanguageModel.EMBEDDING));
      gradients.put(LanguageModel.EMBEDDING, tf.math.add(toTable_VC, toHead_VC));
    } else {
      gradients.put(LanguageModel.OUTPUT, toHead_VC);
    }
    return gradients;
  }

  /**
   * Gradients of the variables, given that of a tensor computed from all of them.
   *
   * @param upstream the gradient of {@code y}, in its shape
   */
  public static Map<String, Operand<TFloat32>> backward(
      Graph graph,
      Operand<TFloat32> y,
      Operand<TFloat32> upstream,
      Map<String, Operand<TFloat32>> variables) {
    String[] names = variables.keySet().toArray(String[]::new);
    Output<?>[] x = new Output<?>[names.length];
    for (int i = 0; i < names.length; i++) {
      x[i] = Objects.requireNonNull(variables.get(names[i])).asOutput();
    }
    // Without a prefix, the gradients of a second call would take the names of the first's.
    String prefix = "gradients_of_" + y.op().name();
    Output<?>[] dx =
        graph.addGradients(
            prefix, new Output<?>[] {y.asOutput()}, x, new Output<?>[] {upstream.asOutput()});
    Map<String, Operand<TFloat32>> gradients = new LinkedHashMap<>();
    for (int i = 0; i < names.length; i++) {
      gradients.put(names[i], dx[i].expect(TFloat32.class));
    }
    return gradients;
  }
}
