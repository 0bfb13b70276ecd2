package lyceum.model.transformer;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.model.format.LanguageModel;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The weighted sum of the cross-entropies of tokens: {@code sum(weights * crossEntropy(logits,
 * targets))}.
 *
 * <p>The way from the residual stream to the loss is differentiated by hand: the operations that
 * TensorFlow has for it either have no registered gradient or go through tensors of N times V, the
 * largest of the training, many more times.
 */
public final class TokenLoss {
  private final Graph graph;
  private final Ops tf;
  private final DecoderGraph model;
  private final ComputeSettings compute;
  private final Products products;
  private final ModelConfig config;
  private final Operand<TInt32> positions_N;
  private final Operand<TFloat32> rows_NC;
  private final Operand<TInt32> targets_N;
  private final Operand<TFloat32> weights_N;
  private final Operand<TFloat32> logits_NV;
  private final Operand<TFloat32> probabilities_NV;
  private final Operand<TFloat32> tokenLosses_N;
  private final Operand<TFloat32> loss;

  /**
   * Adds the loss to the graph.
   *
   * @param positions_N rows of {@link DecoderGraph#hidden} that a token is predicted from
   * @param targets_N the token that should be predicted from each
   * @param weights_N of each token; may be 0 and may be negative
   * @param compute in which precision the product with the output projection is
   */
  public TokenLoss(
      Graph graph,
      ModelConfig config,
      DecoderGraph model,
      Operand<TInt32> positions_N,
      Operand<TInt32> targets_N,
      Operand<TFloat32> weights_N,
      ComputeSettings compute) {
    this.graph = graph;
    this.tf = Ops.create(graph);
    this.model = model;
    this.compute = compute;
    this.products = new Products(tf, compute.precision());
    this.config = config;
    this.positions_N = positions_N;
    this.rows_NC = tf.gather(model.hidden(), positions_N, tf.constant(0));
    this.targets_N = targets_N;
    this.weights_N = weights_N;
    this.logits_NV = products.matMul(rows_NC, model.head(), false, true);
    this.probabilities_NV = tf.nn.softmax(logits_NV);
    // The target's logit as a product of two vectors: picking it out of the logits would be one
    // more pass over them.
    Operand<TFloat32> targets_NC = tf.gather(model.head(), targets_N, tf.constant(0));
    Operand<TFloat32> targetLogits_N =
        products.rounded(
            tf.sum(
                tf.math.mul(products.rounded(rows_NC), products.rounded(targets_NC)),
                tf.constant(1)));
    this.tokenLosses_N =
        model
            .fused()
            .map(ops -> ops.losses(positions_N, targets_N))
            .orElseGet(() -> tf.math.sub(logSumExp(logits_NV, probabilities_NV), targetLogits_N));
    this.loss = tf.sum(tf.math.mul(weights_N, tokenLosses_N), tf.constant(0));
  }

  /** The loss, a single number. */
  public Operand<TFloat32> value() {
    return loss;
  }

  /** Scores of every token id, {@code [N, V]}. */
  public Operand<TFloat32> logits() {
    return logits_NV;
  }

  /** Their softmax. */
  public Operand<TFloat32> probabilities() {
    return probabilities_NV;
  }

  /** Cross-entropy of each token in nats, without its weight, {@code [N]}. */
  public Operand<TFloat32> tokenLosses() {
    return tokenLosses_N;
  }

  /**
   * Logarithm of the sum of the exponentials of each row: of the largest term and its share, so
   * that nothing overflows.
   */
  public Operand<TFloat32> logSumExp(
      Operand<TFloat32> logits_NV, Operand<TFloat32> probabilities_NV) {
    return tf.math.sub(
        tf.max(logits_NV, tf.constant(1)), tf.math.log(tf.max(probabilities_NV, tf.constant(1))));
  }

  /**
   * The loss with its gradients, for a graph that needs both: where one operation computes them
   * together, neither is computed twice.
   *
   * @param value the loss, a single number
   * @param tokenLosses as {@link #tokenLosses}
   * @param gradients of the loss by the model's weights
   */
  public record Learned(
      Operand<TFloat32> value,
      Operand<TFloat32> tokenLosses,
      Map<String, Operand<TFloat32>> gradients) {}

  /** The loss with its gradients by the model's weights. */
  public Learned learned() {
    return model
        .fused()
        .map(ops -> ops.gradients(positions_N, targets_N, weights_N))
        .map(
            fused ->
                new Learned(
                    tf.sum(tf.math.mul(weights_N, fused.losses_M()), tf.constant(0)),
                    fused.losses_M(),
                    fused.gradients()))
        .orElseGet(
            () -> new Learned(loss, tokenLosses_N, gradients(probabilities_NV, tf.constant(1f))));
  }

  /**
   * Gradients by the model's weights of another loss on the same logits, whose gradient by the
   * logits of a token of weight 1 is {@code dense - share * oneHot(target)}. Of the cross-entropy
   * they are the probabilities and 1.
   */
  public Map<String, Operand<TFloat32>> gradients(
      Operand<TFloat32> dense_NV, Operand<TFloat32> share) {
    LogitGradient gradient =
        switch (compute.precision()) {
          case F32 -> backExactly(dense_NV, share);
          case BF16 -> backRounded(dense_NV, share);
        };
    return gradients(gradient);
  }

  /**
   * Gradients by the model's weights of any loss on the same logits.
   *
   * @param toLogits_NV its gradient by the logits
   */
  Map<String, Operand<TFloat32>> gradients(Operand<TFloat32> toLogits_NV) {
    return gradients(backFrom(toLogits_NV));
  }

  private Map<String, Operand<TFloat32>> gradients(LogitGradient gradient) {
    Operand<TFloat32> toHidden_NC =
        Gradients.of(
                graph, List.of(rows_NC), List.of(gradient.toRows_NC()), List.of(model.hidden()))
            .getFirst();
    Map<String, Operand<TFloat32>> gradients = model.gradients(toHidden_NC);
    if (config.tiedEmbeddings()) {
      Operand<TFloat32> toTable_VC = Objects.requireNonNull(gradients.get(LanguageModel.EMBEDDING));
      gradients.put(LanguageModel.EMBEDDING, tf.math.add(toTable_VC, gradient.toHead_VC()));
    } else {
      gradients.put(LanguageModel.OUTPUT, gradient.toHead_VC());
    }
    return gradients;
  }

  /** Gradients on the two sides of the output projection. */
  private record LogitGradient(Operand<TFloat32> toRows_NC, Operand<TFloat32> toHead_VC) {}

  private LogitGradient backExactly(Operand<TFloat32> dense_NV, Operand<TFloat32> share) {
    // Weights and targets enter where tensors are C wide and not V.
    Operand<TFloat32> weights_N1 = tf.expandDims(weights_N, tf.constant(1));
    Operand<TFloat32> weighted_NC = tf.math.mul(rows_NC, weights_N1);
    Operand<TFloat32> targets_NC = tf.gather(model.head(), targets_N, tf.constant(0));
    Operand<TFloat32> toRows_NC =
        tf.math.mul(
            tf.math.sub(
                products.matMul(dense_NV, model.head(), false, false),
                tf.math.mul(targets_NC, share)),
            weights_N1);
    Operand<TFloat32> fromTargets_VC =
        tf.math.unsortedSegmentSum(weighted_NC, targets_N, tf.constant(config.vocabularySize()));
    Operand<TFloat32> toHead_VC =
        tf.math.sub(
            products.matMul(dense_NV, weighted_NC, true, false),
            tf.math.mul(fromTargets_VC, share));
    return new LogitGradient(toRows_NC, toHead_VC);
  }

  /**
   * Rounds the difference and not its two sides: where a token is nearly certain they nearly
   * cancel, and their rounding would be all that is left.
   */
  private LogitGradient backRounded(Operand<TFloat32> dense_NV, Operand<TFloat32> share) {
    Operand<TFloat32> weights_N1 = tf.expandDims(weights_N, tf.constant(1));
    Operand<TFloat32> targets_NV =
        tf.oneHot(targets_N, tf.constant(config.vocabularySize()), share, tf.constant(0f));
    return backFrom(tf.math.mul(tf.math.sub(dense_NV, targets_NV), weights_N1));
  }

  private LogitGradient backFrom(Operand<TFloat32> toLogits_NV) {
    return new LogitGradient(
        products.matMul(toLogits_NV, model.head(), false, false),
        products.matMul(toLogits_NV, rows_NC, true, false));
  }
}
