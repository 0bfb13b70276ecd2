package lyceum.core.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How a training is laid over devices of one kind, and what that costs.
 *
 * @param devices that the rows of a step are dealt to (data parallel)
 * @param microRows rows that a device works on at a time
 * @param microBatches turns of a device in a step, whose gradients are added up
 * @param memory of one device
 * @param fits whether the memory suffices
 * @param stepSeconds time of a step
 * @param seconds time of the training
 * @param kilowattHours energy of all devices
 * @param dollars price of all devices
 */
public record Layout(
    int devices,
    int microRows,
    int microBatches,
    TrainingMemory memory,
    boolean fits,
    double stepSeconds,
    double seconds,
    double kilowattHours,
    double dollars) {
  /** Numbers that an update reads or writes for each parameter: w, m and v twice, the gradient. */
  private static final int UPDATE_FLOATS = 7;

  private static final int FLOAT_BYTES = 4;
  private static final double SECONDS_PER_HOUR = 3600;

  /** What a layout costs. */
  public static Layout of(TrainingWork work, Device device, int devices, int microRows) {
    int rowsPerDevice = work.rows() / devices;
    int microBatches = rowsPerDevice / microRows;
    TrainingMemory memory =
        device.kind() == Device.Kind.CPU
            ? TrainingMemory.onCpu(work, microBatches, devices, Operations.NATIVE)
            : TrainingMemory.onDevice(work, microBatches, devices);
    double speed =
        work.halfPrecision()
            ? device.peakFlops16() * device.efficiency16()
            : device.peakFlops32() * device.efficiency32();
    double products = work.flopsPerToken() * rowsPerDevice * work.length() / speed;
    double parameters = work.model().parameterCount();
    double update = UPDATE_FLOATS * FLOAT_BYTES * parameters / device.bandwidth();
    // A ring sends every gradient out and back once, but for a device's own share.
    double exchange = 2 * FLOAT_BYTES * parameters * (devices - 1) / devices / device.link();
    double step = products + update + exchange;
    double seconds = step * work.steps();
    double hours = seconds / SECONDS_PER_HOUR;
    return new Layout(
        devices,
        microRows,
        microBatches,
        memory,
        memory.total() <= device.memoryBytes(),
        step,
        seconds,
        devices * device.watts() / 1000 * hours,
        devices * device.pricePerHour() * hours);
  }

  /**
   * The fastest layout that fits: of those with the most devices that divide a step's rows, the one
   * with the fewest turns.
   *
   * @param mostDevices to be used
   * @return nothing where not even one row at a time fits
   */
  public static Optional<Layout> best(TrainingWork work, Device device, int mostDevices) {
    return all(work, device, mostDevices).stream()
        .filter(Layout::fits)
        .min(
            Comparator.comparingDouble(Layout::seconds)
                .thenComparingInt(Layout::microBatches)
                .thenComparingInt(Layout::devices));
  }

  /** Every layout: as many devices and rows at a time as divide the rows of a step. */
  public static List<Layout> all(TrainingWork work, Device device, int mostDevices) {
    List<Layout> layouts = new ArrayList<>();
    for (int devices = 1; devices <= Math.min(mostDevices, work.rows()); devices++) {
      if (work.rows() % devices == 0) {
        int rows = work.rows() / devices;
        for (int microRows = 1; microRows <= rows; microRows++) {
          if (rows % microRows == 0) {
            layouts.add(of(work, device, devices, microRows));
          }
        }
      }
    }
    return layouts;
  }
}
