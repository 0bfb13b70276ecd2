package lyceum.activities.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnergyMeterTest {
  @TempDir Path powercap;

  private Path zone(String name, long microjoules, long range) throws IOException {
    Path zone = Files.createDirectories(powercap.resolve(name));
    Files.writeString(zone.resolve("max_energy_range_uj"), range + "\n");
    Files.writeString(zone.resolve("energy_uj"), microjoules + "\n");
    return zone;
  }

  @Test
  void joules_ofCounters_addUpPackagesAndGoOnWhereOneWraps() throws IOException {
    Path first = zone("intel-rapl:0", 9_000_000, 10_000_000);
    Path second = zone("intel-rapl:1", 1_000_000, 10_000_000);
    zone("intel-rapl:0:0", 5, 10);
    EnergyMeter meter = new EnergyMeter(powercap, 2, () -> 0);
    Files.writeString(first.resolve("energy_uj"), "500000\n");
    Files.writeString(second.resolve("energy_uj"), "3000000\n");
    assertThat(meter.joules()).isCloseTo(1.5 + 2, within(1e-9));
    Files.writeString(first.resolve("energy_uj"), "700000\n");
    assertThat(meter.joules()).isCloseTo(3.7, within(1e-9));
    assertThat(meter.basis()).isEqualTo("measured: RAPL of 2 processor packages");
  }

  @Test
  void joules_withoutCounters_areTimeByAnAssumptionThatIsSaid() {
    AtomicLong nanos = new AtomicLong();
    EnergyMeter meter = new EnergyMeter(powercap.resolve("none"), 4, nanos::get);
    nanos.set(3_000_000_000L);
    assertThat(meter.joules()).isCloseTo(3 * 4 * EnergyMeter.WATTS_PER_CORE, within(1e-9));
    assertThat(meter.basis()).startsWith("assumed: 12.5 W for each of 4 cores");
  }
}
