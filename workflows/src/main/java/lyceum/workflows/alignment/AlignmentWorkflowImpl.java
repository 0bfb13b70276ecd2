package lyceum.workflows.alignment;

import java.time.Duration;
import java.util.List;
import lyceum.contracts.alignment.AlignmentActivities;
import lyceum.contracts.alignment.AlignmentActivities.AnswerPairs;
import lyceum.contracts.alignment.AlignmentActivities.CompareRequest;
import lyceum.contracts.alignment.AlignmentActivities.JoinRequest;
import lyceum.contracts.alignment.AlignmentActivities.PolicyRequest;
import lyceum.contracts.alignment.AlignmentActivities.Preferences;
import lyceum.contracts.alignment.AlignmentActivities.RewardRequest;
import lyceum.contracts.alignment.AlignmentActivities.TrainedReward;
import lyceum.contracts.alignment.AlignmentInput;
import lyceum.contracts.alignment.AlignmentRequest;
import lyceum.contracts.alignment.AlignmentResult;
import lyceum.contracts.alignment.AlignmentWorkflow;
import lyceum.contracts.alignment.Ranking;
import lyceum.contracts.alignment.RankingStatus;
import lyceum.contracts.evaluation.EvaluationActivities;
import lyceum.contracts.evaluation.EvaluationActivities.MeasureRequest;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.ModelArtifact;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.workflows.stage.Scores;
import lyceum.workflows.stage.StageScript;

/**
 * Has pairs of the model's own answers ranked, learns a reward from the ranks, trains the policy
 * against it.
 */
public final class AlignmentWorkflowImpl extends StageScript implements AlignmentWorkflow {
  private final RankingDesk desk = new RankingDesk();

  public AlignmentWorkflowImpl() {
    super(Stage.ALIGNMENT);
  }

  @Override
  public StageOutcome run(AlignmentRequest request) {
    return stage(
        request.context(),
        request.input(),
        AlignmentResult.class,
        () -> align(request.input()),
        result ->
            Scores.joined(
                result.scores(),
                List.of(result.rewardAccuracy()),
                Scores.under("before", result.before())));
  }

  @Override
  public RankingStatus rankings() {
    return desk.status();
  }

  @Override
  public List<Ranking> given() {
    return desk.given();
  }

  @Override
  public RankingStatus rank(Ranking ranking) {
    return desk.take(ranking);
  }

  @Override
  public void validateRank(Ranking ranking) {
    desk.validate(ranking);
  }

  private AlignmentResult align(AlignmentInput input) {
    AlignmentSettings settings = input.settings();
    AnswerPairs pairs =
        learningStep(
            AlignmentActivities.class,
            "Sample " + settings.pairs() + " pairs of answers",
            a -> a.sampleAnswers(input));
    Preferences preferences =
        switch (settings.rater()) {
          case SIMULATED ->
              learningStep(
                  AlignmentActivities.class,
                  "Rank by the simulated rater",
                  a -> a.rankBySimulation(pairs));
          case PEOPLE -> rankByPeople(pairs, settings);
        };
    TrainedReward reward =
        learningStep(
            AlignmentActivities.class,
            "Train the reward model, " + settings.reward().steps() + " steps",
            a -> a.trainReward(new RewardRequest(trainingRun("reward"), input, preferences)));
    TrainedModel policy =
        learningStep(
            AlignmentActivities.class,
            "Train the policy, " + settings.policy().steps() + " steps",
            a -> a.trainPolicy(new PolicyRequest(trainingRun("policy"), input, reward)));
    List<Score> before = measure("Measure the assistant before", input.finetuned(), input);
    List<Score> after = measure("Measure the policy", policy.model(), input);
    List<Score> preferred =
        learningStep(
            AlignmentActivities.class,
            "Compare the policy with the assistant",
            a -> a.compare(new CompareRequest(input.finetuned(), policy.model(), input)));
    return new AlignmentResult(
        policy,
        preferences.rater(),
        preferences.preferences(),
        reward.rewardModel(),
        reward.accuracy(),
        before,
        Scores.joined(after, preferred));
  }

  private Preferences rankByPeople(AnswerPairs pairs, AlignmentSettings settings) {
    Duration deadline = Duration.ofHours(settings.rankingDeadlineHours());
    desk.open(pairs, settings.peoplePairs(), deadline);
    boolean enough =
        waitForPeople(
            settings.peoplePairs() + " of " + pairs.count() + " pairs wait to be ranked by people",
            deadline,
            desk::hasEnough);
    List<Ranking> rankings = desk.close();
    if (!enough) {
      throw desk.tooFew(deadline);
    }
    return learningStep(
        AlignmentActivities.class,
        "Join " + rankings.size() + " rankings",
        a -> a.joinRankings(new JoinRequest(pairs, rankings)));
  }

  private List<Score> measure(String summary, ModelArtifact model, AlignmentInput input) {
    return learningStep(
        EvaluationActivities.class,
        summary,
        a ->
            a.measure(
                new MeasureRequest(model, input.evaluation(), input.tokens(), input.chats())));
  }
}
