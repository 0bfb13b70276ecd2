package lyceum.core.recipe;

/**
 * When a training goes back to its last checkpoint to try again at a lower rate. A loss or gradient
 * that is no number always does.
 *
 * @param lossSpike how far a step's loss may lie above the median of the steps before it, in nats;
 *     0 for any distance
 * @param gradientSpike how many times the median of the steps before it a step's gradient norm may
 *     be; 0 for any number
 * @param rewinds how often a training goes back before it fails
 * @param rateFactor what the rate is multiplied with at each
 */
public record GuardSettings(
    double lossSpike, double gradientSpike, int rewinds, double rateFactor) {
  /** The built-in defaults. */
  public static final GuardSettings STANDARD = new GuardSettings(3, 0, 2, 0.5);

  /** Fails at the first number that is none. */
  public static final GuardSettings FAIL_AT_ONCE = new GuardSettings(0, 0, 0, 1);

  public GuardSettings {
    Check.between("guards.lossSpike", lossSpike, 0, 1000);
    Check.between("guards.gradientSpike", gradientSpike, 0, 1e9);
    Check.between("guards.rewinds", rewinds, 0, 100);
    Check.between("guards.rateFactor", rateFactor, 0.001, 1);
  }
}
