package lyceum.application.run;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** Names of runs: recipe, moment and four digits that keep two runs of one second apart. */
final class RunNames {
  private static final DateTimeFormatter MOMENT =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private RunNames() {}

  /** For example {@code tiny-20261121-224500-9f3c}. */
  static String of(String recipe, Instant now, RandomGenerator random) {
    return recipe
        + "-"
        + MOMENT.format(now)
        + String.format(Locale.ROOT, "-%04x", random.nextInt(1 << 16));
  }
}
