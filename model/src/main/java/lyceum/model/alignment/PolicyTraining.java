package lyceum.model.alignment;

import java.util.List;
import java.util.Optional;
import lyceum.core.LyceumException;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.data.skill.ChatExample;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.Trained;
import lyceum.model.training.Trainer;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import lyceum.model.training.WeightDigest;

/**
 * Trains the assistant to earn a reward model's reward, by RLOO: REINFORCE with a leave-one-out
 * baseline (arXiv 2402.14740); see {@link PolicyTask} for a step.
 */
public final class PolicyTraining {
  /** Taken off the reward, which has a standard deviation of 1, of an answer that was cut off. */
  private static final double CUT_OFF_PENALTY = 2;

  private final LanguageModel finetuned;
  private final RewardModel reward;
  private final AlignmentSettings settings;
  private final List<ChatExample> prompts;
  private final long seed;

  /**
   * @param finetuned the model to start from and to stay near
   * @param prompts chats whose prompts are answered; those that leave no room for {@code
   *     maxNewTokens} are left out
   */
  public PolicyTraining(
      LanguageModel finetuned,
      RewardModel reward,
      AlignmentSettings settings,
      List<ChatExample> prompts,
      long seed) {
    this.finetuned = finetuned;
    this.reward = reward;
    this.settings = settings;
    this.prompts = List.copyOf(prompts);
    this.seed = seed;
  }

  /**
   * Trains, from the state where there is one.
   *
   * @throws LyceumException of category USER when nothing can be learned: no difference in reward
   *     for many steps, hardly an answer that ends, a divergence beyond bounds, or weights that did
   *     not move
   */
  public Trained train(Optional<TrainingState> from, TrainingListener listener) {
    try (RewardScorer scorer = new RewardScorer(reward)) {
      PolicyTask.Rewards rewards = samples -> rewards(scorer, samples);
      String name =
          WeightDigest.of(reward.weights()) + " " + reward.mean() + " " + reward.deviation();
      return train(finetuned, rewards, name, settings, prompts, seed, from, listener);
    }
  }

  /**
   * Trains towards any reward.
   *
   * @param rewardName says which, so that a state is not resumed with another
   */
  static Trained train(
      LanguageModel finetuned,
      PolicyTask.Rewards rewards,
      String rewardName,
      AlignmentSettings settings,
      List<ChatExample> prompts,
      long seed,
      Optional<TrainingState> from,
      TrainingListener listener) {
    try (PolicyTask task =
        new PolicyTask(finetuned, rewards, rewardName, settings, prompts, seed)) {
      AlignmentSettings.PolicySettings policy = settings.policy();
      Trained trained =
          new Trainer(task, policy.optimizer(), policy.steps(), policy.checkpointEvery())
              .train(from, listener);
      if (trained.weights().equals(finetuned.weights())) {
        throw LyceumException.user(
            "After "
                + policy.steps()
                + " steps of policy training no weight has moved. Raise the learning rate.");
      }
      return trained;
    }
  }

  private static double[] rewards(RewardScorer scorer, List<PolicyTask.Sample> samples) {
    double[] rewards = scorer.scores(samples.stream().map(PolicyTask.Sample::chat).toList());
    for (int i = 0; i < rewards.length; i++) {
      if (!samples.get(i).answer().finished()) {
        rewards[i] -= CUT_OFF_PENALTY;
      }
    }
    return rewards;
  }
}
