package lyceum.cli.plan;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import lyceum.cli.screen.Amounts;
import lyceum.cli.screen.Table;
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
record Forecast(String recipe, List<Training> trainings, List<OnDevice> devices) {
  private static final double PETA = 1e15;

  /**
   * A training as arithmetic.
   *
   * @param tokens learned from
   * @param tokensPerParameter to be compared with Chinchilla's 20
   * @param chinchillaTokens 20 for each parameter
   */
  record Training(
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
  record OnDevice(Device device, @Nullable Layout layout, Layout.Memory smallest) {}

  static Forecast of(Recipe recipe, ModelConfig model, List<Device> devices, int mostDevices) {
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
  static List<TrainingWork> works(Recipe recipe, ModelConfig model) {
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

  /** For a person. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    Table work =
        new Table("TRAINING", "PARAMETERS", "TOKENS", "PER PARAMETER", "FLOPS/TOKEN", "PFLOPS");
    for (Training training : trainings) {
      work.row(
          training.name(),
          Amounts.count((double) training.parameters()),
          Amounts.count(training.tokens()),
          String.format(Locale.ROOT, "%.1f", training.tokensPerParameter()),
          Amounts.count(training.flopsPerToken()),
          String.format(Locale.ROOT, "%.3g", training.flops() / PETA));
    }
    lines.addAll(work.lines());
    Training pretraining = trainings.getFirst();
    lines.add(
        "Most is learned from the arithmetic with 20 tokens a parameter (Chinchilla): "
            + Amounts.count(pretraining.chinchillaTokens())
            + " tokens for this model; the recipe has "
            + Amounts.count(pretraining.tokens())
            + ".");
    lines.add("");
    Table table =
        new Table(
            "PRETRAINING ON",
            "DEVICES",
            "ROWS x TURNS",
            "MEMORY",
            "OF",
            "TIME",
            "KWH",
            "DOLLARS",
            "PRICE OF");
    for (OnDevice on : devices) {
      Layout layout = on.layout();
      String of = Amounts.bytes(on.device().memoryBytes());
      if (layout == null) {
        table.row(
            on.device().name(),
            "-",
            "does not fit",
            Amounts.bytes(on.smallest().total()),
            of,
            "-",
            "-",
            "-",
            "-");
      } else {
        table.row(
            on.device().name(),
            Integer.toString(layout.devices()),
            layout.microRows() + " x " + layout.microBatches(),
            Amounts.bytes(layout.memory().total()),
            of,
            Amounts.text(Duration.ofSeconds((long) Math.ceil(layout.seconds()))),
            String.format(Locale.ROOT, "%.3g", layout.kilowattHours()),
            String.format(Locale.ROOT, "%.2f", layout.dollars()),
            on.device().priceDate());
      }
    }
    lines.addAll(table.lines());
    return lines;
  }
}
