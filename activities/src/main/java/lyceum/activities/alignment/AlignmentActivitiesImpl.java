package lyceum.activities.alignment;

import io.temporal.activity.Activity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lyceum.activities.LocalFiles;
import lyceum.activities.StageContract;
import lyceum.activities.training.DurableTraining;
import lyceum.contracts.alignment.AlignmentActivities;
import lyceum.contracts.alignment.AlignmentInput;
import lyceum.contracts.alignment.Ranking;
import lyceum.contracts.curation.FeedbackSet;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.data.feedback.FeedbackFile;
import lyceum.data.skill.ChatExample;
import lyceum.data.skill.ChatFile;
import lyceum.data.skill.SimulatedRater;
import lyceum.model.alignment.AnswerPair;
import lyceum.model.alignment.AnswerPairFile;
import lyceum.model.alignment.AnswerSampler;
import lyceum.model.alignment.FeedbackPairs;
import lyceum.model.alignment.PolicyTraining;
import lyceum.model.alignment.PreferenceFile;
import lyceum.model.alignment.PreferencePair;
import lyceum.model.alignment.RewardModel;
import lyceum.model.alignment.RewardTraining;
import lyceum.model.evaluation.Preference;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.Trained;

/** Samples answers, joins rankings, trains the reward model and the policy. */
public final class AlignmentActivitiesImpl implements AlignmentActivities {
  private final LocalFiles files;
  private final DurableTraining training;

  public AlignmentActivitiesImpl(LocalFiles files, DurableTraining training) {
    this.files = files;
    this.training = training;
  }

  @Override
  public AnswerPairs sampleAnswers(AlignmentInput input) {
    StageContract.check(input.finetuned(), input.tokens());
    LanguageModel model = files.load(input.finetuned());
    List<ChatExample> chats = ChatFile.read(files.fetch(input.chats().train()));
    List<AnswerPair> sampled =
        AnswerSampler.pairs(
            model,
            chats,
            input.settings(),
            input.seed(),
            done -> heartbeat("sample answers", done, input.settings().pairs()));
    FeedbackSet feedback = input.feedback();
    List<AnswerPair> pairs =
        feedback == null
            ? sampled
            : FeedbackPairs.before(
                sampled,
                FeedbackFile.read(files.store().get(feedback.items())),
                model,
                input.settings(),
                input.seed());
    return files.inScratch(
        scratch -> {
          Path file = scratch.resolve("pairs.jsonl");
          AnswerPairFile.write(file, pairs);
          return new AnswerPairs(files.store().put(file), pairs.size());
        });
  }

  @Override
  public Preferences rankBySimulation(AnswerPairs pairs) {
    List<PreferencePair> preferences = new ArrayList<>();
    for (AnswerPair pair : AnswerPairFile.read(files.fetch(pairs.pairs()))) {
      if (FeedbackPairs.needsAPerson(pair)) {
        continue;
      }
      int preferred = SimulatedRater.prefer(pair.example(), pair.first(), pair.second());
      preference(pair, preferred).ifPresent(preferences::add);
    }
    return store(preferences, "simulated");
  }

  @Override
  public Preferences joinRankings(JoinRequest request) {
    Map<Integer, Integer> votes = new HashMap<>();
    for (Ranking ranking : request.rankings()) {
      int vote =
          switch (ranking.choice()) {
            case FIRST -> -1;
            case SECOND -> 1;
            case TIE -> 0;
          };
      votes.merge(ranking.pair(), vote, Integer::sum);
    }
    List<PreferencePair> preferences = new ArrayList<>();
    for (AnswerPair pair : AnswerPairFile.read(files.fetch(request.pairs().pairs()))) {
      preference(pair, votes.getOrDefault(pair.number(), 0)).ifPresent(preferences::add);
    }
    return store(preferences, "people");
  }

  @Override
  public TrainedReward trainReward(RewardRequest request) {
    AlignmentInput input = request.input();
    StageContract.check(input.finetuned(), input.tokens());
    LanguageModel finetuned = files.load(input.finetuned());
    List<PreferencePair> preferences =
        PreferenceFile.read(files.fetch(request.preferences().preferences()));
    RewardTraining reward =
        new RewardTraining(finetuned, input.settings().reward(), preferences, input.seed());
    lyceum.model.alignment.TrainedReward trained = training.run(request.run(), reward::train);
    return files.inScratch(
        scratch -> {
          Path file = scratch.resolve("reward.safetensors");
          trained.model().write(file);
          return new TrainedReward(
              files.store().put(file), trained.heldOutAccuracy(), training.effort(request.run()));
        });
  }

  @Override
  public TrainedModel trainPolicy(PolicyRequest request) {
    AlignmentInput input = request.input();
    StageContract.check(input.finetuned(), input.tokens());
    LanguageModel finetuned = files.load(input.finetuned());
    RewardModel reward = RewardModel.read(files.fetch(request.reward().rewardModel()), finetuned);
    List<ChatExample> chats = ChatFile.read(files.fetch(input.chats().train()));
    PolicyTraining policy =
        new PolicyTraining(finetuned, reward, input.settings(), chats, input.seed());
    Trained trained = training.run(request.run(), policy::train);
    return training
        .store(
            request.run(),
            trained,
            finetuned.config(),
            input.tokens().tokenizer(),
            input.tokens().tokenizerConfig())
        .after(request.reward().effort());
  }

  @Override
  public List<Score> compare(CompareRequest request) {
    StageContract.check(request.first(), request.input().tokens());
    StageContract.check(request.second(), request.input().tokens());
    heartbeat("compare before and after", 0, 0);
    List<ChatExample> heldOut = ChatFile.read(files.fetch(request.input().chats().heldOut()));
    return List.of(
        Preference.winRate(
            files.load(request.first()),
            files.load(request.second()),
            heldOut,
            request.input().evaluation().maxNewTokens()));
  }

  private static Optional<PreferencePair> preference(AnswerPair pair, int preferred) {
    if (preferred == 0) {
      return Optional.empty();
    }
    return Optional.of(
        preferred < 0
            ? new PreferencePair(pair.example(), pair.first(), pair.second())
            : new PreferencePair(pair.example(), pair.second(), pair.first()));
  }

  private Preferences store(List<PreferencePair> preferences, String rater) {
    if (preferences.isEmpty()) {
      throw LyceumException.user(
          "No pair of answers was preferred one way or the other, so there is nothing to learn"
              + " from. Rank more pairs, or raise alignment.temperature so that the answers of a"
              + " pair differ.");
    }
    return files.inScratch(
        scratch -> {
          Path file = scratch.resolve("preferences.jsonl");
          PreferenceFile.write(file, preferences);
          return new Preferences(files.store().put(file), preferences.size(), rater);
        });
  }

  private static void heartbeat(String phase, long done, long all) {
    Activity.getExecutionContext().heartbeat(new StageProgress(phase, done, all, Double.NaN, 0, 0));
  }
}
