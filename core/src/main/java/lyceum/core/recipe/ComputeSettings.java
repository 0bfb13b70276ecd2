package lyceum.core.recipe;

import java.util.List;
import lyceum.core.LyceumException;

/**
 * How a training is computed. Memory and speed depend on it; what is learned, by rounding alone.
 *
 * @param microBatches equal parts that a step's rows are learned from one after the other before
 *     the one update that follows; activations take the memory of one part
 * @param precision of matrix products
 * @param recompute whether the activations within a block are computed again on the way back
 *     instead of being kept: about a third more arithmetic, the memory of one block
 * @param ranks processes that share a step's rows equally, each with its own micro-batches
 * @param devices of the ranks, one each in their order: {@code cpu}, or {@code gpu:N} with the
 *     number that the rank's process counts it by; empty for the CPU
 */
public record ComputeSettings(
    Integer microBatches,
    Precision precision,
    Boolean recompute,
    Integer ranks,
    List<String> devices) {
  private static final String CPU = "cpu";

  /** The whole batch at once, in f32, with all activations kept. */
  public static final ComputeSettings PLAIN = new ComputeSettings(1, Precision.F32, false, 1);

  /** Absent in what an earlier version wrote. */
  public ComputeSettings {
    microBatches = microBatches == null ? 1 : microBatches;
    precision = precision == null ? Precision.F32 : precision;
    recompute = recompute != null && recompute;
    ranks = ranks == null ? 1 : ranks;
    Check.positive("compute.microBatches", microBatches);
    Check.positive("compute.ranks", ranks);
    devices = devices == null ? List.of() : List.copyOf(devices);
    for (String device : devices) {
      if (!device.matches("cpu|gpu:[0-9]{1,3}")) {
        throw LyceumException.user(
            "compute.devices has '" + device + "'; a device is cpu, or gpu:N such as gpu:0.");
      }
    }
    if (!devices.isEmpty() && devices.size() != ranks) {
      throw LyceumException.user(
          "compute.devices names "
              + devices.size()
              + " devices "
              + devices
              + " and compute.ranks is "
              + ranks
              + ". Each rank has one device: give as many of both.");
    }
  }

  /** On the CPU. */
  public ComputeSettings(
      Integer microBatches, Precision precision, Boolean recompute, Integer ranks) {
    this(microBatches, precision, recompute, ranks, List.of());
  }

  /** The device of a rank. */
  public String device(int rank) {
    return devices.isEmpty() ? CPU : devices.get(rank);
  }

  /** Whether any rank computes on a GPU. */
  public boolean onGpu() {
    return devices.stream().anyMatch(device -> !device.equals(CPU));
  }

  /** In one process. */
  public ComputeSettings(Integer microBatches, Precision precision, Boolean recompute) {
    this(microBatches, precision, recompute, 1);
  }

  /** Parts of a step's rows that gradients are computed from at a time, those of all ranks. */
  public int parts() {
    return microBatches * ranks;
  }

  /** The same, or {@link #PLAIN} where an earlier version wrote none. */
  static ComputeSettings orPlain(ComputeSettings settings, String stage, int batchSize) {
    if (settings == null) {
      return PLAIN;
    }
    if (batchSize % settings.parts() != 0) {
      throw LyceumException.user(
          "%s.batchSize %d is not a multiple of %s.compute.microBatches %d%s."
              .formatted(
                  stage,
                  batchSize,
                  stage,
                  settings.microBatches(),
                  settings.ranks() == 1 ? "" : " times compute.ranks " + settings.ranks()));
    }
    return settings;
  }
}
