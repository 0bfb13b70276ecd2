package lyceum.model.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.AlignmentSettings.RewardSettings;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.data.skill.ChatExample;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.LearnerFixture;
import lyceum.model.training.LearnerFixture.Recorder;
import lyceum.model.training.Resumption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RewardTrainingTest {
  private static final ModelConfig CONFIG = LearnerFixture.config(1, 32, 128);
  private static final LanguageModel MODEL = LearnerFixture.model(CONFIG, 1);

  private static RewardSettings settings(int steps) {
    return new RewardSettings(steps, 8, 0.25, 2, LearnerFixture.optimizer(0.005));
  }

  /** Full sentences are preferred to single words, or coins are tossed. */
  private static List<PreferencePair> preferences(int count, boolean byRule) {
    SplittableRandom random = new SplittableRandom(1);
    List<PreferencePair> pairs = new ArrayList<>();
    for (ChatExample example : LearnerFixture.chats(Skill.READING, count, 1).train()) {
      String sentence = random.nextBoolean() ? "It is in the garden." : "She has a red ball.";
      String word = random.nextBoolean() ? "garden" : "ball";
      boolean first = byRule || random.nextBoolean();
      pairs.add(new PreferencePair(example, first ? sentence : word, first ? word : sentence));
    }
    return pairs;
  }

  @Test
  void train_stoppedAndResumedAnywhere_endsInTheSameBytes(@TempDir Path folder) {
    RewardTraining training = new RewardTraining(MODEL, settings(30), preferences(60, true), 1);
    Resumption.provesExact(
        new Resumption.Case<>(training::train, reward -> reward.model().weights()),
        folder,
        1,
        7,
        30);
  }

  @Test
  void train_onARule_learnsItAndSurvivesAFile(@TempDir Path folder) {
    TrainedReward trained =
        new RewardTraining(MODEL, settings(40), preferences(80, true), 1)
            .train(Optional.empty(), new Recorder());
    assertThat(trained.heldOutAccuracy().value()).isGreaterThan(0.9);
    assertThat(trained.heldOutAccuracy().samples()).isEqualTo(20);
    Path file = folder.resolve("reward.safetensors");
    trained.model().write(file);
    RewardModel read = RewardModel.read(file, MODEL);
    List<ChatExample> prompts = LearnerFixture.chats(Skill.READING, 90, 1).train().subList(80, 90);
    double[] sentences =
        read.score(prompts, prompts.stream().map(p -> "It is in the garden.").toList());
    double[] words = read.score(prompts, prompts.stream().map(p -> "garden").toList());
    double all = 0;
    for (int i = 0; i < 10; i++) {
      assertThat(sentences[i]).isGreaterThan(words[i]);
      all += sentences[i] + words[i];
    }
    // Normalised on the held-out answers, which are of the same two kinds.
    assertThat(all / 20).isCloseTo(0, within(0.5));
    assertThat(trained.model().score(prompts, prompts.stream().map(p -> "garden").toList()))
        .isEqualTo(words);
  }

  @Test
  void train_onTossedCoins_isRefused() {
    RewardTraining training = new RewardTraining(MODEL, settings(10), preferences(120, false), 1);
    assertThatThrownBy(() -> training.train(Optional.empty(), new Recorder()))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
        .hasMessageContaining("not better than chance");
  }

  @Test
  void read_ofAnotherModelsFile_isRefused(@TempDir Path folder) {
    Path file = folder.resolve("reward.safetensors");
    TrainedReward trained =
        new RewardTraining(MODEL, settings(40), preferences(80, true), 1)
            .train(Optional.empty(), new Recorder());
    trained.model().write(file);
    LanguageModel other = LearnerFixture.model(LearnerFixture.config(2, 32, 128), 1);
    assertThatThrownBy(() -> RewardModel.read(file, other))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("not a reward model of this model");
  }

  @Test
  void lowerBound_ofFewPairs_isFarBelowTheShare() {
    // Wilson 1927: 8 of 8 right is 0.676 at 95%.
    assertThat(RewardTraining.lowerBound(8, 8)).isCloseTo(0.6756, within(1e-3));
    assertThat(RewardTraining.lowerBound(2, 2)).isLessThan(0.5);
    assertThat(RewardTraining.lowerBound(60, 100)).isCloseTo(0.502, within(1e-3));
  }
}
