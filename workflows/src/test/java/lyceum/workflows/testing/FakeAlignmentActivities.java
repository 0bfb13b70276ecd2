package lyceum.workflows.testing;

import java.util.List;
import lyceum.contracts.alignment.AlignmentActivities;
import lyceum.contracts.alignment.AlignmentInput;
import lyceum.contracts.curation.FeedbackSet;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.Score;

/** Samples made-up pairs; trains nothing, in steps. */
public final class FakeAlignmentActivities implements AlignmentActivities {
  private final Calls calls;
  private final Training training;

  public FakeAlignmentActivities(Calls calls, Training training) {
    this.calls = calls;
    this.training = training;
  }

  @Override
  public AnswerPairs sampleAnswers(AlignmentInput input) {
    FeedbackSet feedback = input.feedback();
    calls.add(
        "alignment.sampleAnswers"
            + (feedback == null ? "" : " " + feedback.name() + " " + feedback.version()));
    return new AnswerPairs(Examples.artifact("pairs"), input.settings().pairs());
  }

  @Override
  public Preferences rankBySimulation(AnswerPairs pairs) {
    calls.add("alignment.rankBySimulation");
    return new Preferences(Examples.artifact("preferences"), pairs.count(), "simulated");
  }

  @Override
  public Preferences joinRankings(JoinRequest request) {
    calls.add("alignment.joinRankings " + request.rankings().size());
    return new Preferences(
        Examples.artifact("people's preferences"), request.rankings().size(), "people");
  }

  @Override
  public TrainedReward trainReward(RewardRequest request) {
    training.train(request.run(), request.input().settings().reward().steps());
    return new TrainedReward(
        Examples.artifact("reward model"), Score.accuracy("reward", 16, 20), null);
  }

  @Override
  public TrainedModel trainPolicy(PolicyRequest request) {
    return training.train(request.run(), request.input().settings().policy().steps());
  }

  @Override
  public List<Score> compare(CompareRequest request) {
    calls.add("alignment.compare");
    return List.of(new Score("preference", "win_rate", 0.7, 20, 0.1));
  }
}
