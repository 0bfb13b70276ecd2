package lyceum.core.recipe;

/**
 * A smaller student learns from the aligned model's logits, beside a control of the same size that
 * learns from the data alone.
 *
 * @param student dimensions of the student and the control
 * @param textFraction share of each batch that is text of the corpus; the rest are chats
 * @param teacherWeight weight of the distance to the teacher against the cross-entropy (arXiv
 *     1503.02531)
 * @param temperature of both distributions
 */
public record DistillationSettings(
    ModelSettings student,
    int steps,
    int batchSize,
    int contextLength,
    double textFraction,
    double teacherWeight,
    double temperature,
    int checkpointEvery,
    OptimizerSettings optimizer,
    ComputeSettings compute) {
  public DistillationSettings {
    Check.positive("distillation.steps", steps);
    Check.positive("distillation.batchSize", batchSize);
    Check.positive("distillation.contextLength", contextLength);
    Check.between("distillation.contextLength", contextLength, 8, student.contextLength());
    Check.between("distillation.textFraction", textFraction, 0, 1);
    Check.between("distillation.teacherWeight", teacherWeight, 0, 1);
    Check.positive("distillation.temperature", temperature);
    Check.positive("distillation.checkpointEvery", checkpointEvery);
    compute = ComputeSettings.orPlain(compute, "distillation", batchSize);
  }

  /** Computed plainly. */
  public DistillationSettings(
      ModelSettings student,
      int steps,
      int batchSize,
      int contextLength,
      double textFraction,
      double teacherWeight,
      double temperature,
      int checkpointEvery,
      OptimizerSettings optimizer) {
    this(
        student,
        steps,
        batchSize,
        contextLength,
        textFraction,
        teacherWeight,
        temperature,
        checkpointEvery,
        optimizer,
        ComputeSettings.PLAIN);
  }
}
