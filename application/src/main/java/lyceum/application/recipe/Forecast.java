package lyceum.application.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lyceum.core.ModelConfig;
import lyceum.core.plan.Device;
import lyceum.core.plan.Layout;
import lyceum.core.plan.PlannedTraining;
import lyceum.core.plan.TrainingMemory;
import lyceum.core.plan.TrainingWork;
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
  public record OnDevice(Device device, @Nullable Layout layout, TrainingMemory smallest) {}

  public static Forecast of(
      Recipe recipe, ModelConfig model, List<Device> devices, int mostDevices) {
    List<TrainingWork> works =
        PlannedTraining.of(recipe, model).stream().map(PlannedTraining::work).toList();
    TrainingWork pretraining = works.getFirst();
    List<OnDevice> placed = new ArrayList<>();
    for (Device device : devices) {
      Optional<Layout> best = Layout.best(pretraining, device, mostDevices);
      placed.add(
          new OnDevice(device, best.orElse(null), Layout.of(pretraining, device, 1, 1).memory()));
    }
    return new Forecast(recipe.name(), works.stream().map(Training::of).toList(), placed);
  }
}
