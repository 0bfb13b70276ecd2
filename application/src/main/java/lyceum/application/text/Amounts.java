package lyceum.application.text;

import java.time.Duration;
import java.util.Locale;

/** Lengths of time, sizes and counts as a person reads them. */
public final class Amounts {
  private Amounts() {}

  /** For example {@code 0.4s}, {@code 12s}, {@code 3m05s}, {@code 2h07m}, {@code 3d4h}. */
  public static String text(Duration duration) {
    long millis = Math.max(0, duration.toMillis());
    long seconds = millis / 1000;
    if (millis < 10_000) {
      return String.format(Locale.ROOT, "%.1fs", millis / 1000.0);
    }
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return String.format(Locale.ROOT, "%dm%02ds", seconds / 60, seconds % 60);
    }
    if (seconds < 86_400) {
      return String.format(Locale.ROOT, "%dh%02dm", seconds / 3600, seconds % 3600 / 60);
    }
    return seconds / 86_400 + "d" + seconds % 86_400 / 3600 + "h";
  }

  /** For example {@code 512 B}, {@code 1.5 MiB}. */
  public static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    String[] units = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }

  /** For example {@code 950}, {@code 12.3k}, {@code 4.6M}, {@code 1.2B}. */
  public static String count(double count) {
    if (count < 1000) {
      return String.format(Locale.ROOT, "%.0f", count);
    }
    if (count < 999_950) {
      return String.format(Locale.ROOT, "%.1fk", count / 1e3);
    }
    if (count < 999_950_000) {
      return String.format(Locale.ROOT, "%.1fM", count / 1e6);
    }
    return String.format(Locale.ROOT, "%.1fB", count / 1e9);
  }
}
