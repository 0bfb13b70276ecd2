package lyceum.cli.plan;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import lyceum.application.recipe.Forecast;
import lyceum.application.recipe.Hardware;
import lyceum.application.recipe.OpenModelCheck;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.connectors.catalogue.SourceCatalogue;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;
import lyceum.core.plan.Device;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lyceum plan}. */
@Command(
    name = "plan",
    description = {
      "What the trainings of a recipe amount to: parameters, arithmetic, memory, and on each kind of",
      "device the best layout with its time, energy and price. Nothing is started."
    })
public final class PlanCommand implements Callable<Integer> {
  private static final String HERE = "cpu-2";
  private static final int CHECK_STEPS = 8;

  private final Lyceum lyceum;

  @Parameters(index = "0", paramLabel = "RECIPE", description = "Name of a recipe, or a file.")
  private String recipeName = "";

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a value. May be repeated.")
  private List<String> overrides = List.of();

  @Option(
      names = "--hardware",
      paramLabel = "FILE",
      description = "A table of devices of your own; its form is that of the built-in one.")
  private @Nullable Path hardware;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "Only this kind of device. May be repeated.")
  private List<String> names = List.of();

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "8",
      description = "At most so many of a kind (default ${DEFAULT-VALUE}).")
  private int mostDevices = 8;

  @Option(
      names = "--price",
      paramLabel = "NAME=DOLLARS",
      description = "Price of an hour of one device. May be repeated.")
  private Map<String, Double> prices = Map.of();

  @Option(
      names = "--check",
      description = {
        "Run a few steps of the recipe's pretraining here and print how far the forecast is off.",
        "The forecast is that of --device (default " + HERE + ")."
      })
  private boolean check;

  @Option(
      names = "--check-steps",
      paramLabel = "N",
      defaultValue = "" + CHECK_STEPS,
      description = "Steps to run (default ${DEFAULT-VALUE}).")
  private int checkSteps = CHECK_STEPS;

  @Option(names = "--json", description = "Write JSON.")
  private boolean json;

  public PlanCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Recipe recipe =
        new RecipeReader(lyceum.install().resolve("recipes")).read(recipeName, overrides);
    if (mostDevices <= 0 || checkSteps <= 0) {
      throw LyceumException.user(
          "--devices " + mostDevices + " and --check-steps " + checkSteps + " must be positive.");
    }
    ModelConfig model = model(recipe);
    Hardware table = hardware == null ? Hardware.builtIn() : Hardware.read(hardware);
    if (check) {
      Device device = table.device(names.isEmpty() ? HERE : names.getFirst());
      PlanCheck result = PlanCheck.run(lyceum, recipe, model, device, checkSteps);
      print(result, result.lines());
    } else {
      Forecast forecast = Forecast.of(recipe, model, devices(table), mostDevices);
      print(forecast, ForecastText.lines(forecast));
    }
    return ExitCode.OK.status();
  }

  private void print(Object value, List<String> lines) {
    if (json) {
      Json.print(lyceum.screen(), value);
    } else {
      lines.forEach(lyceum.screen().out()::println);
    }
  }

  private List<Device> devices(Hardware table) {
    prices.keySet().forEach(table::device);
    List<Device> devices = new ArrayList<>();
    for (Device device :
        names.isEmpty() ? table.devices() : names.stream().map(table::device).toList()) {
      Double price = prices.get(device.name());
      devices.add(price == null ? device : device.withPrice(price, "given"));
    }
    return devices;
  }

  /** The recipe's dimensions, or those of the model that it goes on from. */
  private ModelConfig model(Recipe recipe) {
    OpenModelSettings from = recipe.pretraining().from();
    if (from == null) {
      return recipe.model().config(recipe.tokenizer().vocabularySize());
    }
    SourceCatalogue catalogue = new SourceCatalogue(lyceum.settings());
    OpenModelSettings.PinnedFile file =
        from.files().stream()
            .filter(pinned -> pinned.name().equals(ModelArtifact.CONFIG))
            .findFirst()
            .orElseThrow();
    return OpenModelCheck.config(from, catalogue.fetch(from.source(file)));
  }
}
