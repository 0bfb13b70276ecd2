package lyceum.cli.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import lyceum.application.recipe.Forecast;
import lyceum.application.recipe.Hardware;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.core.recipe.Recipe;
import org.junit.jupiter.api.Test;

class ForecastTextTest {
  @Test
  void lines_nameTheDevicesAndTheRule() {
    Recipe tiny =
        new RecipeReader(Path.of("").toAbsolutePath().getParent().resolve("recipes"))
            .read("tiny", List.of());
    Forecast forecast =
        Forecast.of(tiny, tiny.model().config(2048), Hardware.builtIn().devices(), 8);
    assertThat(String.join("\n", ForecastText.lines(forecast)))
        .contains("h200")
        .contains("Chinchilla");
  }
}
