package lyceum.worker.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** NVIDIA's GPUs as {@code nvidia-smi} sees them, asked at most every few seconds. */
final class GpuMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(GpuMetrics.class);
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");
  private static final List<String> QUERY =
      List.of(
          "nvidia-smi",
          "--query-gpu=index,utilization.gpu,memory.used,memory.total,power.draw,temperature.gpu",
          "--format=csv,noheader,nounits");

  private List<Gpu> gpus;
  private long asked = System.nanoTime();

  private GpuMetrics(List<Gpu> gpus) {
    this.gpus = gpus;
  }

  /**
   * One device; NaN for what it does not tell.
   *
   * @param utilization share of time with a kernel running, 0 to 1
   */
  record Gpu(
      int index,
      double utilization,
      double memoryUsedBytes,
      double memoryBytes,
      double watts,
      double celsius) {}

  /** Empty on a machine without them. */
  static Optional<GpuMetrics> find() {
    List<Gpu> gpus = ask();
    return gpus.isEmpty() ? Optional.empty() : Optional.of(new GpuMetrics(gpus));
  }

  void bindTo(MeterRegistry registry) {
    for (Gpu gpu : now()) {
      Tags tags = Tags.of("gpu", Integer.toString(gpu.index()));
      register(registry, "lyceum.gpu.utilization", tags, gpu.index(), Gpu::utilization);
      register(registry, "lyceum.gpu.memory.used.bytes", tags, gpu.index(), Gpu::memoryUsedBytes);
      register(registry, "lyceum.gpu.memory.bytes", tags, gpu.index(), Gpu::memoryBytes);
      register(registry, "lyceum.gpu.power.watts", tags, gpu.index(), Gpu::watts);
      register(registry, "lyceum.gpu.temperature.celsius", tags, gpu.index(), Gpu::celsius);
    }
  }

  private void register(
      MeterRegistry registry,
      String name,
      Tags tags,
      int index,
      java.util.function.ToDoubleFunction<Gpu> value) {
    Gauge.builder(
            name,
            this,
            metrics ->
                metrics.now().stream()
                    .filter(gpu -> gpu.index() == index)
                    .mapToDouble(value)
                    .findFirst()
                    .orElse(Double.NaN))
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  private synchronized List<Gpu> now() {
    if (System.nanoTime() - asked > FRESH_NANOS) {
      gpus = ask();
      asked = System.nanoTime();
    }
    return gpus;
  }

  private static List<Gpu> ask() {
    try {
      Process process =
          new ProcessBuilder(QUERY).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? parse(text) : List.of();
    } catch (IOException e) {
      LOG.debug("nvidia-smi does not run here", e);
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  /** Reads the table: a line a device, figures with commas between. */
  static List<Gpu> parse(String table) {
    List<Gpu> gpus = new ArrayList<>();
    for (String line : table.lines().toList()) {
      String[] cells = COMMA.split(line.strip(), -1);
      if (cells.length == 6 && cells[0].matches("[0-9]{1,4}")) {
        double mebibyte = 1 << 20;
        gpus.add(
            new Gpu(
                Integer.parseInt(cells[0]),
                figure(cells[1]) / 100,
                figure(cells[2]) * mebibyte,
                figure(cells[3]) * mebibyte,
                figure(cells[4]),
                figure(cells[5])));
      }
    }
    return gpus;
  }

  private static double figure(String cell) {
    try {
      return Double.parseDouble(cell);
    } catch (NumberFormatException e) {
      // "[N/A]" where the device does not measure it.
      return Double.NaN;
    }
  }
}
