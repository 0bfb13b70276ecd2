package lyceum.application.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.plan.Device;
import lyceum.core.recipe.Recipe;
import org.junit.jupiter.api.Test;

class ForecastTest {
  private static final Recipe TINY =
      new RecipeReader(Path.of("").toAbsolutePath().getParent().resolve("recipes"))
          .read("tiny", List.of("pretraining.steps=100", "pretraining.batchSize=12"));
  private static final ModelConfig MODEL = TINY.model().config(2048);

  @Test
  void builtIn_everyDevice_hasALayoutForASmallModel() {
    Forecast forecast = Forecast.of(TINY, MODEL, Hardware.builtIn().devices(), 8);
    assertThat(forecast.devices())
        .hasSizeGreaterThan(4)
        .allSatisfy(on -> assertThat(on.layout()).as(on.device().name()).isNotNull());
    assertThat(forecast.trainings().getFirst().tokens()).isEqualTo(100 * 12 * 256);
  }

  @Test
  void parse_wrongTables_areRefusedByName() {
    assertThatThrownBy(() -> Hardware.parse("devices: []", "x.yaml"))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("x.yaml");
    assertThatThrownBy(() -> Hardware.parse("devices: [{name: a, peakFlops32: 1}]", "x.yaml"))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("x.yaml");
    Device device = Hardware.builtIn().device("h100");
    String negative =
        "devices: [{name: a, kind: GPU, peakFlops32: 1, peakFlops16: 1, efficiency32: 2,"
            + " efficiency16: 1, memoryBytes: 1, bandwidth: 1, link: 1, watts: 1, pricePerHour: 1,"
            + " priceDate: '', note: ''}]";
    assertThatThrownBy(() -> Hardware.parse(negative, "x.yaml"))
        .hasMessageContaining("efficiency32 2.0");
    assertThat(device.withPrice(5, "given").pricePerHour()).isEqualTo(5);
    assertThatThrownBy(() -> Hardware.builtIn().device("h101")).hasMessageContaining("h100");
  }
}
