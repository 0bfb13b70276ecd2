package lyceum.core.recipe;

import java.util.List;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * When a candidate may serve.
 *
 * @param candidate which model is put forward
 * @param gates every one must hold
 * @param approval who says yes
 * @param approvalDeadlineHours how long a decision is waited for, at least a second
 * @param smokePrompts asked of the server after it started; every one must be answered
 * @param fourEyes whether whoever started the run is kept from approving its candidate
 * @param champion how the candidate is held against the model that serves now
 * @param canary a share of the requests first, or {@code null} for all at once
 * @param health what takes the version back
 */
public record DeploymentSettings(
    Candidate candidate,
    List<Gate> gates,
    Approval approval,
    double approvalDeadlineHours,
    List<String> smokePrompts,
    Boolean fourEyes,
    ChampionSettings champion,
    @Nullable CanarySettings canary,
    HealthSettings health) {
  private static final double SECOND = 1.0 / 3600;
  private static final double LONGEST_DEADLINE = 24 * 365;

  /** Which model is put forward. */
  public enum Candidate {
    ALIGNED,
    STUDENT
  }

  /** Who says yes. */
  public enum Approval {
    /** The gates decide. */
    AUTOMATIC,
    /** A person decides with {@code lyceum approve}. */
    PERSON
  }

  /**
   * A bound on one score of the candidate.
   *
   * @param score {@code suite/metric}
   * @param atLeast lower bound, or {@code null}
   * @param atMost upper bound, or {@code null}
   */
  public record Gate(String score, @Nullable Double atLeast, @Nullable Double atMost) {
    public Gate {
      if (atLeast == null && atMost == null) {
        throw LyceumException.user("The gate on '" + score + "' has neither atLeast nor atMost.");
      }
      if (score.indexOf('/') <= 0) {
        throw LyceumException.user(
            "The gate's score '" + score + "' must be written suite/metric.");
      }
    }

    /** Whether the gate asks for much of the score rather than for little. */
    public boolean higherIsBetter() {
      return atLeast != null;
    }

    public boolean admits(double value) {
      return (atLeast == null || value >= atLeast) && (atMost == null || value <= atMost);
    }
  }

  /** What is absent was written by an earlier version. */
  public DeploymentSettings {
    fourEyes = fourEyes != null && fourEyes;
    champion = champion == null ? ChampionSettings.USUAL : champion;
    health = health == null ? HealthSettings.USUAL : health;
    if (fourEyes && approval == Approval.AUTOMATIC) {
      throw LyceumException.user(
          "deployment.fourEyes asks for a second person, but deployment.approval is AUTOMATIC. Set"
              + " it to PERSON.");
    }
    gates = List.copyOf(gates);
    smokePrompts = List.copyOf(smokePrompts);
    Check.between(
        "deployment.approvalDeadlineHours", approvalDeadlineHours, SECOND, LONGEST_DEADLINE);
    if (smokePrompts.isEmpty()) {
      throw LyceumException.user(
          "deployment.smokePrompts is empty. Name at least one prompt to ask the server.");
    }
  }

  /** Compared with the champion as usual; without four eyes and canary. */
  public DeploymentSettings(
      Candidate candidate,
      List<Gate> gates,
      Approval approval,
      double approvalDeadlineHours,
      List<String> smokePrompts) {
    this(
        candidate,
        gates,
        approval,
        approvalDeadlineHours,
        smokePrompts,
        false,
        ChampionSettings.USUAL,
        null,
        HealthSettings.USUAL);
  }
}
