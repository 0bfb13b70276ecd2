package lyceum.application.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lyceum.core.ModelConfig;
import lyceum.core.plan.Device;
import lyceum.core.plan.Layout;
import lyceum.core.plan.TrainingWork;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.DistillationSettings;
import lyceum.core.recipe.FinetuningSettings;
import lyceum.core.recipe.Precision;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;

/**
 * What the trainings of a recipe cost.
 *
 * @param trainings each with its arithmetic
 * @param devices pretraining on each kind of device
 */
public record Forecast(String recipe, List<Training> trainings, List<OnDevice> devices) {
  private static final double PETA = 1e15;

  /**
   * A training as arithmetic.
   *
   * @param tokens learned from
   * @param tokensPerParameter to be compared with Chinchilla's 20
   * @param chinchillaTokens 20 for each parameter
   */
  public record Training(
      String name,
      long parameters,
      double tokens,
      double tokensPerParameter,
      double chinchillaTokens,
      double flopsPerToken,
      double flops) {
    static Training of(TrainingWork work) {
      long parameters = work.model().parameterCount();
      return new Training(
          work.name(),
          parameters,
          work.tokens(),
          work.tokensPerParameter(),
          TrainingWork.CHINCHILLA_TOKENS_PER_PARAMETER * parameters,
          work.flopsPerToken(),
          work.flops());
    }
  }

  /** Pretraining on a kind of device: the best layout, or none where it does not fit. */
  public record OnDevice(Device device, @Nullable Layout layout, Layout.Memory smallest) {}

  public static Forecast of(
      Recipe recipe, ModelConfig model, List<Device> devices, int mostDevices) {
    List<TrainingWork> works = works(recipe, model);
    TrainingWork pretraining = works.getFirst();
    List<OnDevice> placed = new ArrayList<>();
    for (Device device : devices) {
      Optional<Layout> best = Layout.best(pretraining, device, mostDevices);
      placed.add(
          new OnDevice(device, best.orElse(null), Layout.of(pretraining, device, 1, 1).memory()));
    }
    return new Forecast(recipe.name(), works.stream().map(Training::of).toList(), placed);
  }

  /** The trainings whose rows are known beforehand, pretraining first. */
  public static List<TrainingWork> works(Recipe recipe, ModelConfig model) {
    PretrainingSettings pretraining = recipe.pretraining();
    FinetuningSettings finetuning = recipe.finetuning();
    DistillationSettings distillation = recipe.distillation();
    ModelConfig student = distillation.student().config(model.vocabularySize());
    return List.of(
        work(
            "pretraining",
            model,
            pretraining.steps(),
            pretraining.batchSize(),
            pretraining.contextLength(),
            pretraining.compute()),
        work(
            "finetuning",
            model,
            finetuning.steps(),
            finetuning.batchSize(),
            finetuning.contextLength(),
            finetuning.compute()),
        work(
            "distillation, student",
            student,
            distillation.steps(),
            distillation.batchSize(),
            distillation.contextLength(),
            distillation.compute()),
        work(
            "distillation, control",
            student,
            distillation.steps(),
            distillation.batchSize(),
            distillation.contextLength(),
            distillation.compute()));
  }

  private static TrainingWork work(
      String name, ModelConfig model, long steps, int rows, int length, ComputeSettings compute) {
    return new TrainingWork(
        name,
        model,
        steps,
        rows,
        length,
        compute.precision() == Precision.BF16,
        compute.recompute());
  }
}
