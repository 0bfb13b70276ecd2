package lyceum.model.finetuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.Score;
import lyceum.core.recipe.FinetuningSettings;
import lyceum.core.recipe.SkillSettings;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.data.skill.SkillSet;
import lyceum.model.evaluation.ChatLoss;
import lyceum.model.evaluation.SkillSuites;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.LearnerFixture;
import lyceum.model.training.LearnerFixture.Recorder;
import lyceum.model.training.Resumption;
import lyceum.model.training.Trained;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FinetuningTest {
  private static final ModelConfig CONFIG = LearnerFixture.config(2, 48, 128);

  private static FinetuningSettings settings(int steps) {
    List<SkillSettings> skills = List.of(new SkillSettings(Skill.IDENTITY, 1, 1));
    return new FinetuningSettings(skills, steps, 4, 128, 2, LearnerFixture.optimizer(0.01));
  }

  @Test
  void train_stoppedAndResumedAnywhere_endsInTheSameBytes(@TempDir Path folder) {
    Finetuning finetuning =
        new Finetuning(LearnerFixture.model(CONFIG, 1), settings(5), LearnerFixture.chats(8), 1);
    Resumption.provesExact(
        new Resumption.Case<>(finetuning::train, Trained::weights), folder, 1, 4, 5);
  }

  @Test
  void train_onASkill_raisesItsHeldOutAccuracy() {
    SkillSet skill = LearnerFixture.chats(Skill.IDENTITY, 200, 30);
    LanguageModel base = LearnerFixture.model(CONFIG, 1);
    Trained trained =
        new Finetuning(base, settings(80), skill.train(), 1)
            .train(Optional.empty(), new Recorder());
    LanguageModel assistant =
        new LanguageModel(CONFIG, trained.weights(), LearnerFixture.TOKENIZER);
    assertThat(accuracy(base, skill)).isLessThan(0.1);
    assertThat(accuracy(assistant, skill)).isGreaterThan(0.9);
    assertThat(ChatLoss.measure(assistant, skill.heldOut()).value())
        .isLessThan(0.2 * ChatLoss.measure(base, skill.heldOut()).value());
  }

  private static double accuracy(LanguageModel model, SkillSet skill) {
    return SkillSuites.measure(model, skill.heldOut(), 40).stream()
        .filter(score -> score.suite().equals("identity"))
        .mapToDouble(Score::value)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void train_onChatsThatAreTooLong_isRefused() {
    FinetuningSettings shortRows =
        new FinetuningSettings(settings(1).skills(), 1, 4, 8, 2, LearnerFixture.optimizer(0.01));
    Finetuning finetuning =
        new Finetuning(LearnerFixture.model(CONFIG, 1), shortRows, LearnerFixture.chats(4), 1);
    assertThatThrownBy(() -> finetuning.train(Optional.empty(), new Recorder()))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("None of the 8 chats fits into 8 tokens");
  }
}
