package lyceum.core.recipe;

/**
 * How a candidate is held against the model that serves now, on the same held-out items.
 *
 * @param compare whether it is
 * @param confidence of the interval of each difference
 * @param margin by how much a figure may be worse, in the figure's own unit; a loss counts when the
 *     whole interval is beyond it
 */
public record ChampionSettings(boolean compare, double confidence, double margin) {
  /** Compared at 95 % with no margin. */
  public static final ChampionSettings USUAL = new ChampionSettings(true, 0.95, 0);

  public ChampionSettings {
    Check.between("deployment.champion.confidence", confidence, 0.5, 0.9999);
    Check.between("deployment.champion.margin", margin, 0, 1e9);
  }
}
