package lyceum.core.plan;

import lyceum.core.LyceumException;

/**
 * A kind of device that trains.
 *
 * @param name for example {@code h100}
 * @param kind decides what its memory has to hold
 * @param peakFlops32 multiplications and additions a second in f32, by its maker's sheet or
 *     measured
 * @param peakFlops16 the same in bf16
 * @param efficiency32 share of the peak that a training in f32 reaches
 * @param efficiency16 the same in bf16
 * @param memoryBytes that one process may fill
 * @param bandwidth of the memory in bytes a second
 * @param link to the other devices in bytes a second, each way
 * @param watts drawn under load
 * @param pricePerHour of one device, in US dollars
 * @param priceDate when the price was assumed, for example {@code 2026-01}
 * @param note where the figures come from
 */
public record Device(
    String name,
    Kind kind,
    double peakFlops32,
    double peakFlops16,
    double efficiency32,
    double efficiency16,
    long memoryBytes,
    double bandwidth,
    double link,
    double watts,
    double pricePerHour,
    String priceDate,
    String note) {
  /** What memory has to hold: on a CPU also the programs' own copies. */
  public enum Kind {
    CPU,
    GPU
  }

  public Device {
    positive(name, "peakFlops32", peakFlops32);
    positive(name, "peakFlops16", peakFlops16);
    share(name, "efficiency32", efficiency32);
    share(name, "efficiency16", efficiency16);
    positive(name, "memoryBytes", memoryBytes);
    positive(name, "bandwidth", bandwidth);
    positive(name, "link", link);
    positive(name, "watts", watts);
    if (!(pricePerHour >= 0)) {
      throw LyceumException.user(
          "The device " + name + " has the price " + pricePerHour + "; it must not be negative.");
    }
  }

  /** The same device at another price. */
  public Device withPrice(double price, String date) {
    return new Device(
        name,
        kind,
        peakFlops32,
        peakFlops16,
        efficiency32,
        efficiency16,
        memoryBytes,
        bandwidth,
        link,
        watts,
        price,
        date,
        note);
  }

  private static void share(String name, String what, double value) {
    if (!(value > 0 && value <= 1)) {
      throw LyceumException.user(
          "The device " + name + " has " + what + " " + value + "; it is a share of 1.");
    }
  }

  private static void positive(String name, String what, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw LyceumException.user(
          "The device " + name + " has " + what + " " + value + "; it must be positive.");
    }
  }
}
