package lyceum.core.recipe;

/**
 * A share of the requests that a candidate answers before it answers all of them.
 *
 * @param percent of the requests
 * @param minutes how long at most
 * @param requests ends the canary earlier, once it has answered so many; 0 waits for the time alone
 */
public record CanarySettings(double percent, double minutes, int requests) {
  public CanarySettings {
    Check.between("deployment.canary.percent", percent, 0.01, 100);
    Check.between("deployment.canary.minutes", minutes, 0.01, 60.0 * 24 * 14);
    Check.notNegative("deployment.canary.requests", requests);
  }
}
