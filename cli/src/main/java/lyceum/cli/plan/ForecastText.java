package lyceum.cli.plan;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lyceum.application.recipe.Forecast;
import lyceum.application.text.Amounts;
import lyceum.cli.screen.Table;
import lyceum.core.plan.Layout;

/** A forecast on the screen. */
final class ForecastText {
  private static final double PETA = 1e15;

  private ForecastText() {}

  static List<String> lines(Forecast forecast) {
    List<String> lines = new ArrayList<>();
    Table work =
        new Table("TRAINING", "PARAMETERS", "TOKENS", "PER PARAMETER", "FLOPS/TOKEN", "PFLOPS");
    for (Forecast.Training training : forecast.trainings()) {
      work.row(
          training.name(),
          Amounts.count((double) training.parameters()),
          Amounts.count(training.tokens()),
          String.format(Locale.ROOT, "%.1f", training.tokensPerParameter()),
          Amounts.count(training.flopsPerToken()),
          String.format(Locale.ROOT, "%.3g", training.flops() / PETA));
    }
    lines.addAll(work.lines());
    Forecast.Training pretraining = forecast.trainings().getFirst();
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
    for (Forecast.OnDevice on : forecast.devices()) {
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
