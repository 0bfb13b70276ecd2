package lyceum.model.transformer;

import java.util.Map;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.LossSettings;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A {@link TokenLoss} that also keeps the logits small: of each token {@code s - z[target] + a
 * s^2}, where z are the logits, soft-capped if so wished, s is the logarithm of the sum of their
 * exponentials and a the weight of the z-loss.
 */
public final class RegularizedLoss {
  private final TokenLoss loss;
  private final Operand<TFloat32> value;
  private final Operand<TFloat32> toLogits_NV;

  /**
   * Adds the loss to the graph.
   *
   * @param loss of the model
   * @param targets_N its targets
   * @param weights_N its weights of the tokens
   */
  public RegularizedLoss(
      Ops tf,
      ModelConfig config,
      TokenLoss loss,
      Operand<TInt32> targets_N,
      Operand<TFloat32> weights_N,
      LossSettings settings) {
    this.loss = loss;
    float cap = (float) settings.logitSoftCap();
    float zLoss = (float) settings.zLoss();
    Operand<TFloat32> logits_NV = loss.logits();
    Operand<TFloat32> slope_NV = tf.constant(1f);
    if (cap > 0) {
      Operand<TFloat32> tanh_NV = tf.math.tanh(tf.math.div(logits_NV, tf.constant(cap)));
      logits_NV = tf.math.mul(tanh_NV, tf.constant(cap));
      slope_NV = tf.math.sub(tf.constant(1f), tf.math.square(tanh_NV));
    }
    Operand<TFloat32> probabilities_NV = tf.nn.softmax(logits_NV);
    Operand<TFloat32> normaliser_N = loss.logSumExp(logits_NV, probabilities_NV);
    Operand<TFloat32> oneHot_NV =
        tf.oneHot(
            targets_N, tf.constant(config.vocabularySize()), tf.constant(1f), tf.constant(0f));
    Operand<TFloat32> target_N = tf.sum(tf.math.mul(logits_NV, oneHot_NV), tf.constant(1));
    Operand<TFloat32> square_N = tf.math.mul(tf.math.square(normaliser_N), tf.constant(zLoss));
    Operand<TFloat32> losses_N = tf.math.add(tf.math.sub(normaliser_N, target_N), square_N);
    this.value = tf.sum(tf.math.mul(weights_N, losses_N), tf.constant(0));
    Operand<TFloat32> share_N1 =
        tf.expandDims(
            tf.math.add(tf.constant(1f), tf.math.mul(normaliser_N, tf.constant(2 * zLoss))),
            tf.constant(1));
    Operand<TFloat32> ofToken_NV = tf.math.sub(tf.math.mul(probabilities_NV, share_N1), oneHot_NV);
    this.toLogits_NV =
        tf.math.mul(tf.math.mul(ofToken_NV, slope_NV), tf.expandDims(weights_N, tf.constant(1)));
  }

  /** The loss, a single number. */
  public Operand<TFloat32> value() {
    return value;
  }

  /** Gradients of the loss by the model's weights. */
  public Map<String, Operand<TFloat32>> gradients() {
    return loss.gradients(toLogits_NV);
  }
}
