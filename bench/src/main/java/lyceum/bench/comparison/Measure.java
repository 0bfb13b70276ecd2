package lyceum.bench.comparison;

/**
 * Something that a round yields.
 *
 * @param name key of the value in {@link Contestant#round}, and its name in tables
 * @param unit for people, such as {@code MB/s}
 * @param better which way is better; a ratio above 1 always means that ours is
 */
public record Measure(String name, String unit, Better better) {
  /** Which of two values wins. */
  public enum Better {
    HIGHER,
    LOWER
  }

  public Measure {
    if (name.isBlank() || unit.isBlank()) {
      throw new IllegalArgumentException(
          "a measure needs a name and a unit, not '" + name + "' in '" + unit + "'");
    }
  }

  /** A rate: more is better. */
  public static Measure rate(String name, String unit) {
    return new Measure(name, unit, Better.HIGHER);
  }

  /** A cost (seconds, bytes): less is better. */
  public static Measure cost(String name, String unit) {
    return new Measure(name, unit, Better.LOWER);
  }
}
