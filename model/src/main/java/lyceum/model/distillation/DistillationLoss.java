package lyceum.model.distillation;

import java.util.List;
import java.util.Map;
import lyceum.core.recipe.DistillationSettings;
import lyceum.model.training.TrainingTask;
import lyceum.model.transformer.TokenLoss;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.SoftmaxCrossEntropyWithLogits;
import org.tensorflow.types.TFloat32;

/**
 * {@code (1 - a) CE + a T^2 KL(teacher || student)}, both distributions at temperature T (Hinton et
 * al., arXiv 1503.02531). The square keeps the weight of the two parts whatever the temperature is.
 */
final class DistillationLoss {
  private DistillationLoss() {}

  /**
   * Adds the loss to the graph; it observes the cross-entropy and the divergence, weighted as in
   * the loss.
   *
   * @param weights_N of the tokens
   * @param variables the student's weights
   */
  static TrainingTask.Loss of(
      Ops tf,
      TokenLoss student,
      TokenLoss teacher,
      Operand<TFloat32> weights_N,
      DistillationSettings settings,
      Map<String, Operand<TFloat32>> variables) {
    double a = settings.teacherWeight();
    double t = settings.temperature();
    Operand<TFloat32> temperature = tf.constant((float) t);
    Operand<TFloat32> teacher_NV = tf.math.div(teacher.logits(), temperature);
    Operand<TFloat32> target_NV = tf.nn.softmax(teacher_NV);
    SoftmaxCrossEntropyWithLogits<TFloat32> cross =
        tf.nn.softmaxCrossEntropyWithLogits(tf.math.div(student.logits(), temperature), target_NV);
    Operand<TFloat32> negativeEntropy_N =
        tf.sum(tf.math.mul(target_NV, tf.nn.logSoftmax(teacher_NV)), tf.constant(1));
    Operand<TFloat32> divergences_N = tf.math.add(cross.loss(), negativeEntropy_N);
    Operand<TFloat32> divergence = tf.sum(tf.math.mul(weights_N, divergences_N), tf.constant(0));
    Operand<TFloat32> loss =
        tf.math.add(
            tf.math.mul(tf.constant((float) (1 - a)), student.value()),
            tf.math.mul(tf.constant((float) (a * t * t)), divergence));
    // By the logits, T^2 KL has T times the difference of the distributions as its derivative.
    Operand<TFloat32> toLogits_NV =
        tf.math.add(
            tf.math.mul(tf.constant((float) (1 - a)), student.logitGradients()),
            tf.math.mul(tf.constant((float) (a * t)), cross.backprop()));
    return new TrainingTask.Loss(
        loss, student.gradients(toLogits_NV, variables), List.of(student.value(), divergence));
  }
}
