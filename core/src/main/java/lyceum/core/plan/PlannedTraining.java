package lyceum.core.plan;

import java.util.List;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.DistillationSettings;
import lyceum.core.recipe.FinetuningSettings;
import lyceum.core.recipe.Precision;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.core.recipe.Recipe;

/**
 * A training of a recipe: what it amounts to, and how the recipe wants it computed.
 *
 * @param work as arithmetic
 * @param compute as the recipe has it
 */
public record PlannedTraining(TrainingWork work, ComputeSettings compute) {

  /** The trainings of a recipe whose rows are known beforehand, pretraining first. */
  public static List<PlannedTraining> of(Recipe recipe, ModelConfig model) {
    DistillationSettings distillation = recipe.distillation();
    ModelConfig student = distillation.student().config(model.vocabularySize());
    return List.of(
        of(recipe.pretraining(), model),
        of(recipe.finetuning(), model),
        of("distillation, student", distillation, student),
        of("distillation, control", distillation, student));
  }

  public static PlannedTraining of(PretrainingSettings settings, ModelConfig model) {
    return of(
        "pretraining",
        model,
        settings.steps(),
        settings.batchSize(),
        settings.contextLength(),
        settings.compute());
  }

  public static PlannedTraining of(FinetuningSettings settings, ModelConfig model) {
    return of(
        "finetuning",
        model,
        settings.steps(),
        settings.batchSize(),
        settings.contextLength(),
        settings.compute());
  }

  /**
   * @param name of the training, of which distillation has two
   * @param student the model that learns
   */
  public static PlannedTraining of(
      String name, DistillationSettings settings, ModelConfig student) {
    return of(
        name,
        student,
        settings.steps(),
        settings.batchSize(),
        settings.contextLength(),
        settings.compute());
  }

  private static PlannedTraining of(
      String name, ModelConfig model, long steps, int rows, int length, ComputeSettings compute) {
    TrainingWork work =
        new TrainingWork(
            name,
            model,
            steps,
            rows,
            length,
            compute.precision() == Precision.BF16,
            compute.recompute());
    return new PlannedTraining(work, compute);
  }
}
