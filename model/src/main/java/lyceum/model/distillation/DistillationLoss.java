package lyceum.model.distillation;

import java.util.List;
import lyceum.core.recipe.DistillationSettings;
import lyceum.model.training.TrainingTask;
import lyceum.model.transformer.TokenLoss;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
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
   */
  static TrainingTask.Loss of(
      Ops tf,
      TokenLoss student,
      TokenLoss teacher,
      Operand<TFloat32> weights_N,
      DistillationSettings settings) {
    float a = (float) settings.teacherWeight();
    float t = (float) settings.temperature();
    Operand<TFloat32> inverse = tf.constant(1 / t);
    Operand<TFloat32> student_NV = tf.math.mul(student.logits(), inverse);
    Operand<TFloat32> teacher_NV = tf.math.mul(teacher.logits(), inverse);
    Operand<TFloat32> ofStudent_NV = tf.nn.softmax(student_NV);
    Operand<TFloat32> ofTeacher_NV = tf.nn.softmax(teacher_NV);
    // KL = sum of p (z_p - z_q), less the difference of the logarithms of the two normalisers.
    Operand<TFloat32> mean_N =
        tf.sum(tf.math.mul(ofTeacher_NV, tf.math.sub(teacher_NV, student_NV)), tf.constant(1));
    Operand<TFloat32> divergences_N =
        tf.math.add(
            mean_N,
            tf.math.sub(
                student.logSumExp(student_NV, ofStudent_NV),
                teacher.logSumExp(teacher_NV, ofTeacher_NV)));
    Operand<TFloat32> divergence = tf.sum(tf.math.mul(weights_N, divergences_N), tf.constant(0));
    Operand<TFloat32> loss =
        tf.math.add(
            tf.math.mul(tf.constant(1 - a), student.value()),
            tf.math.mul(tf.constant(a * t * t), divergence));
    // By the logits, T^2 KL has T times the difference of the distributions as its derivative.
    Operand<TFloat32> dense_NV =
        tf.math.add(
            tf.math.mul(tf.constant(1 - a), student.probabilities()),
            tf.math.mul(tf.constant(a * t), tf.math.sub(ofStudent_NV, ofTeacher_NV)));
    return new TrainingTask.Loss(
        loss,
        student.gradients(dense_NV, tf.constant(1 - a)),
        List.of(student.value(), divergence));
  }
}
