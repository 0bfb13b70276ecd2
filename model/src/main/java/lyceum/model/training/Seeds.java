package lyceum.model.training;

/** Seeds for the parts of a run, derived from the run's own. */
public final class Seeds {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private Seeds() {}

  /**
   * A seed for one place, for example (step, answer); different places get seeds that have nothing
   * to do with each other.
   */
  public static long derive(long seed, long... place) {
    long mixed = mix(seed + GOLDEN_GAMMA);
    for (long part : place) {
      mixed = mix((mixed ^ part) + GOLDEN_GAMMA);
    }
    return mixed;
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
