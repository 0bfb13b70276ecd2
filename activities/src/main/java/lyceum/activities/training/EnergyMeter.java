package lyceum.activities.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The energy that this machine's processors drew since the meter was made. Where the processor
 * counts it (RAPL, which Linux shows under {@code /sys/class/powercap}) that is what is read, other
 * programs' share included; elsewhere the time is multiplied with {@value #WATTS_PER_CORE} watts a
 * core, an assumption for a server under load. For one thread.
 */
final class EnergyMeter {
  static final double WATTS_PER_CORE = 12.5;

  private static final Path POWERCAP = Path.of("/sys/class/powercap");

  private final List<Counter> counters;
  private final int cores;
  private final LongSupplier nanos;
  private final long begun;

  /** A meter of this machine. */
  EnergyMeter() {
    this(POWERCAP, Runtime.getRuntime().availableProcessors(), System::nanoTime);
  }

  EnergyMeter(Path powercap, int cores, LongSupplier nanos) {
    this.counters = counters(powercap);
    this.cores = cores;
    this.nanos = nanos;
    this.begun = nanos.getAsLong();
  }

  /** Since the meter was made. */
  double seconds() {
    return (nanos.getAsLong() - begun) / 1e9;
  }

  /** Since the meter was made; to be asked at least every few minutes, before a counter wraps. */
  double joules() {
    return counters.isEmpty()
        ? seconds() * cores * WATTS_PER_CORE
        : counters.stream().mapToDouble(Counter::joules).sum();
  }

  /** What the figure rests on, for people. */
  String basis() {
    return counters.isEmpty()
        ? String.format(Locale.ROOT, "assumed: %.1f W for each of %d cores", WATTS_PER_CORE, cores)
        : "measured: RAPL of " + counters.size() + " processor packages";
  }

  /** Counts microjoules up to a largest value, then from 0 again. */
  private static final class Counter {
    private final Path file;
    private final long range;
    private long last;
    private long sum;

    Counter(Path zone) throws IOException {
      this.file = zone.resolve("energy_uj");
      this.range = read(zone.resolve("max_energy_range_uj"));
      this.last = read(file);
    }

    double joules() {
      try {
        long now = read(file);
        sum += now >= last ? now - last : now + range - last;
        last = now;
      } catch (IOException e) {
        // A counter that can no longer be read adds nothing; what it said before stands.
      }
      return sum / 1e6;
    }

    private static long read(Path file) throws IOException {
      try {
        return Long.parseLong(Files.readString(file).strip());
      } catch (NumberFormatException e) {
        throw new IOException(file + " holds no number", e);
      }
    }
  }

  /** Of whole packages; what is below them is counted in them. */
  private static List<Counter> counters(Path powercap) {
    List<Counter> counters = new ArrayList<>();
    try (Stream<Path> zones = Files.list(powercap)) {
      for (Path zone :
          zones
              .filter(path -> path.getFileName().toString().matches("intel-rapl:\\d+"))
              .sorted()
              .toList()) {
        counters.add(new Counter(zone));
      }
    } catch (IOException e) {
      // No counters, or none that this user may read.
      return List.of();
    }
    return counters;
  }
}
