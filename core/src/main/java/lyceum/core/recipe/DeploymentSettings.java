package lyceum.core.recipe;

import java.util.List;
import lyceum.core.LyceumException;

/**
 * When a candidate may serve.
 *
 * @param candidate which model is put forward
 * @param gates every one must hold
 * @param approval who says yes
 * @param approvalDeadlineHours how long a decision is waited for
 * @param smokePrompts asked of the server after it started; every one must be answered
 */
public record DeploymentSettings(
    Candidate candidate,
    List<Gate> gates,
    Approval approval,
    int approvalDeadlineHours,
    List<String> smokePrompts) {
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
  public record Gate(
      String score,
      @org.jspecify.annotations.Nullable Double atLeast,
      @org.jspecify.annotations.Nullable Double atMost) {
    public Gate {
      if (atLeast == null && atMost == null) {
        throw LyceumException.user("The gate on '" + score + "' has neither atLeast nor atMost.");
      }
      if (score.indexOf('/') <= 0) {
        throw LyceumException.user(
            "The gate's score '" + score + "' must be written suite/metric.");
      }
    }

    public boolean admits(double value) {
      return (atLeast == null || value >= atLeast) && (atMost == null || value <= atMost);
    }
  }

  public DeploymentSettings {
    gates = List.copyOf(gates);
    smokePrompts = List.copyOf(smokePrompts);
    Check.positive("deployment.approvalDeadlineHours", approvalDeadlineHours);
    if (smokePrompts.isEmpty()) {
      throw LyceumException.user(
          "deployment.smokePrompts is empty. Name at least one prompt to ask the server.");
    }
  }
}
