package lyceum.cli.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import lyceum.application.text.Amounts;
import lyceum.cli.bench.BenchCommand;
import lyceum.cli.command.Lyceum;
import lyceum.cli.screen.Table;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.plan.Device;
import lyceum.core.plan.Layout;
import lyceum.core.plan.PlannedTraining;
import lyceum.core.plan.TrainingWork;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.core.recipe.Recipe;

/**
 * A forecast of pretraining beside a few steps of it that were run here.
 *
 * @param device whose forecast it is
 * @param steps that were measured
 */
record PlanCheck(String recipe, String device, int steps, Figure stepSeconds, Figure peakBytes) {
  /** Steps before the clock counts. */
  private static final int WARM_UP = 2;

  /**
   * A figure as forecast and as measured.
   *
   * @param ratio forecast by measured: 1 is exact, more is too much
   */
  record Figure(double forecast, double measured, double ratio) {
    static Figure of(double forecast, double measured) {
      return new Figure(forecast, measured, forecast / measured);
    }

    /** For example {@code +12 %}. */
    String error() {
      return String.format(Locale.ROOT, "%+.0f %%", 100 * (ratio - 1));
    }
  }

  static PlanCheck run(Lyceum lyceum, Recipe recipe, ModelConfig model, Device device, int steps)
      throws IOException, InterruptedException {
    PretrainingSettings settings = recipe.pretraining();
    TrainingWork work = PlannedTraining.of(settings, model).work();
    Layout layout =
        Layout.of(work, device, 1, settings.batchSize() / settings.compute().microBatches());
    JsonNode measured = measure(lyceum, model, settings, steps + WARM_UP);
    return new PlanCheck(
        recipe.name(),
        device.name(),
        steps,
        Figure.of(layout.stepSeconds(), measured.path("stepSeconds").asDouble()),
        Figure.of(layout.memory().total(), measured.path("peakBytes").asDouble()));
  }

  private static JsonNode measure(
      Lyceum lyceum, ModelConfig model, PretrainingSettings recipe, int steps)
      throws IOException, InterruptedException {
    PretrainingSettings settings =
        new PretrainingSettings(
            null,
            steps,
            recipe.batchSize(),
            recipe.contextLength(),
            steps,
            steps,
            recipe.optimizer(),
            recipe.compute());
    Process process =
        new ProcessBuilder(
                BenchCommand.command(
                    lyceum,
                    List.of(
                        "step",
                        "--model",
                        Payloads.toJson(model),
                        "--pretraining",
                        Payloads.toJson(settings))))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    if (status != 0) {
      throw LyceumException.resource(
          "The steps to check against ended with status "
              + status
              + ". Try smaller rows: --set pretraining.batchSize=1.");
    }
    return Payloads.fromJson(out.lines().toList().getLast(), JsonNode.class);
  }

  /** For a person. */
  List<String> lines() {
    return new Table("PRETRAINING OF " + recipe + " ON " + device, "FORECAST", "MEASURED", "ERROR")
        .row(
            "time of a step",
            String.format(Locale.ROOT, "%.3f s", stepSeconds.forecast()),
            String.format(Locale.ROOT, "%.3f s", stepSeconds.measured()),
            stepSeconds.error())
        .row(
            "peak memory",
            Amounts.bytes((long) peakBytes.forecast()),
            Amounts.bytes((long) peakBytes.measured()),
            peakBytes.error())
        .lines();
  }
}
