package lyceum.core.recipe;

import lyceum.core.LyceumException;

/**
 * Answers ranked, a reward model learned from the ranks, a policy trained against it.
 *
 * @param rater who ranks
 * @param pairs pairs of answers to rank
 * @param peoplePairs with {@link Rater#PEOPLE}, how many of them people must rank before the stage
 *     goes on
 * @param rankingDeadlineHours how long the stage waits for people
 * @param maxNewTokens longest sampled answer
 * @param temperature of sampling
 */
public record AlignmentSettings(
    Rater rater,
    int pairs,
    int peoplePairs,
    int rankingDeadlineHours,
    int maxNewTokens,
    double temperature,
    RewardSettings reward,
    PolicySettings policy) {
  /** Who ranks the answers. */
  public enum Rater {
    /** People rank, through the command line; what they leave unranked is not used. */
    PEOPLE,
    /** A program ranks by written rules, and is labelled as such wherever its ranks are used. */
    SIMULATED
  }

  /**
   * Reward model: the fine-tuned model with a scalar head, Bradley-Terry loss.
   *
   * @param heldOutFraction share of pairs kept to measure accuracy on
   */
  public record RewardSettings(
      int steps,
      int batchSize,
      double heldOutFraction,
      int checkpointEvery,
      OptimizerSettings optimizer) {
    public RewardSettings {
      Check.positive("alignment.reward.steps", steps);
      Check.positive("alignment.reward.batchSize", batchSize);
      Check.between("alignment.reward.heldOutFraction", heldOutFraction, 0.05, 0.5);
      Check.positive("alignment.reward.checkpointEvery", checkpointEvery);
    }
  }

  /**
   * Policy training by RLOO (REINFORCE with a leave-one-out baseline, arXiv 2402.14740).
   *
   * @param promptsPerStep prompts sampled a step
   * @param answersPerPrompt sampled answers a prompt, at least 2
   * @param klCoefficient weight of the penalty on the distance from the fine-tuned model
   */
  public record PolicySettings(
      int steps,
      int promptsPerStep,
      int answersPerPrompt,
      double klCoefficient,
      int checkpointEvery,
      OptimizerSettings optimizer) {
    public PolicySettings {
      Check.positive("alignment.policy.steps", steps);
      Check.positive("alignment.policy.promptsPerStep", promptsPerStep);
      Check.between("alignment.policy.answersPerPrompt", answersPerPrompt, 2, 1024);
      Check.between("alignment.policy.klCoefficient", klCoefficient, 0, 100);
      Check.positive("alignment.policy.checkpointEvery", checkpointEvery);
    }
  }

  public AlignmentSettings {
    Check.between("alignment.pairs", pairs, 8, 1_000_000);
    Check.positive("alignment.peoplePairs", peoplePairs);
    if (peoplePairs > pairs) {
      throw LyceumException.user(
          "alignment.peoplePairs " + peoplePairs + " is more than alignment.pairs " + pairs + ".");
    }
    Check.positive("alignment.rankingDeadlineHours", rankingDeadlineHours);
    Check.positive("alignment.maxNewTokens", maxNewTokens);
    Check.positive("alignment.temperature", temperature);
  }
}
