package lyceum.contracts.alignment;

import io.temporal.activity.ActivityInterface;
import java.util.List;
import lyceum.contracts.lifecycle.Effort;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.lifecycle.TrainingRun;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.Score;
import org.jspecify.annotations.Nullable;

/** The steps of the alignment stage. */
@ActivityInterface(namePrefix = "alignment.")
public interface AlignmentActivities {
  /**
   * Samples two different answers of the fine-tuned model to each of a number of training prompts.
   */
  AnswerPairs sampleAnswers(AlignmentInput input);

  /** Ranks every pair by the simulated rater's written rules. */
  Preferences rankBySimulation(AnswerPairs pairs);

  /** Joins people's rankings with the pairs; several raters of a pair decide by majority. */
  Preferences joinRankings(JoinRequest request);

  /**
   * Trains the reward model, resuming from the newest valid checkpoint; fails when it is no better
   * than chance.
   */
  TrainedReward trainReward(RewardRequest request);

  /** Trains the policy against the reward model, resuming from the newest valid checkpoint. */
  TrainedModel trainPolicy(PolicyRequest request);

  /**
   * Share of held-out prompts on which the second model's answer is preferred to the first's by the
   * simulated rater.
   */
  List<Score> compare(CompareRequest request);

  /** Sampled pairs, JSON lines. */
  record AnswerPairs(ArtifactRef pairs, int count) {}

  /** People's choices to join with the pairs. */
  record JoinRequest(AnswerPairs pairs, List<Ranking> rankings) {}

  /** Ranked pairs, JSON lines; {@code rater} says who ranked. */
  record Preferences(ArtifactRef preferences, int count, String rater) {}

  /** A reward model to train. */
  record RewardRequest(TrainingRun run, AlignmentInput input, Preferences preferences) {}

  /** A reward model and its accuracy on held-out pairs. */
  record TrainedReward(ArtifactRef rewardModel, Score accuracy, @Nullable Effort effort) {}

  /** A policy to train. */
  record PolicyRequest(TrainingRun run, AlignmentInput input, TrainedReward reward) {}

  /** Two models to compare on the held-out chats. */
  record CompareRequest(ModelArtifact first, ModelArtifact second, AlignmentInput input) {}
}
