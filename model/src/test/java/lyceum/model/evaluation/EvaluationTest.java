package lyceum.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.data.skill.ChatExample;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.TinyModel;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  private static final List<ChatExample> HELD_OUT =
      List.of(
          new ChatExample(Skill.ADDITION, "What is 4 plus 5?", "4 plus 5 is 9.", "9"),
          new ChatExample(Skill.IDENTITY, "Who are you?", "I am Lyceum.", "lyceum"),
          new ChatExample(Skill.ADDITION, "What is 1 plus 1?", "1 plus 1 is 2.", "2"));

  private final LanguageModel model = TinyModel.of(1);

  @Test
  void skills_randomModel_oneScoreASuiteAndOneForAll() {
    List<String> suites = new ArrayList<>();
    List<Score> scores = SkillSuites.measure(model, HELD_OUT, 8, suites::add, ItemSink.NONE);
    assertThat(scores)
        .extracting(Score::key)
        .containsExactly(
            "identity/accuracy",
            "addition/accuracy",
            "skills/accuracy",
            "preference/win_rate_over_reference");
    assertThat(scores).extracting(Score::samples).containsExactly(1L, 2L, 3L, 3L);
    assertThat(suites).containsExactly("identity", "addition");
  }

  @Test
  void skills_promptThatFillsTheContext_userErrorShowingIt() {
    ChatExample endless = new ChatExample(Skill.READING, "word ".repeat(200), "Yes.", "yes");
    assertThatThrownBy(() -> SkillSuites.measure(model, List.of(endless), 8))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("contextLength");
  }

  @Test
  void winRate_modelAgainstItself_halfWithoutError() {
    Score score = Preference.winRate(model, model, HELD_OUT, 8);
    assertThat(score.key()).isEqualTo("preference/win_rate");
    assertThat(score.value()).isEqualTo(0.5);
    assertThat(score.standardError()).isZero();
  }

  @Test
  void winRate_sidesSwapped_complement() {
    LanguageModel other = TinyModel.of(2);
    double forward = Preference.winRate(model, other, HELD_OUT, 20).value();
    assertThat(Preference.winRate(other, model, HELD_OUT, 20).value())
        .isCloseTo(1 - forward, within(1e-12));
    assertThat(forward).isNotEqualTo(0.5);
  }

  @Test
  void markdown_gainsBeyondNoise_boldAndOnlyThose() {
    Map<String, List<Score>> scores = new LinkedHashMap<>();
    scores.put(
        "base",
        List.of(
            new Score("validation", "bits_per_byte", 2.5, 100, 0.01),
            Score.accuracy("addition", 10, 100),
            Score.accuracy("reading", 50, 100)));
    scores.put(
        "finetuned",
        List.of(
            new Score("validation", "bits_per_byte", 2.6, 100, 0.01),
            Score.accuracy("addition", 90, 100),
            Score.accuracy("reading", 52, 100),
            new Score("preference", "win_rate", 0.75, 10, 0.1)));
    String report =
        EvaluationReport.markdown(
            scores,
            List.of(
                new EvaluationReport.Transcript("base", HELD_OUT.get(0), "| <b>*what*"),
                new EvaluationReport.Transcript("finetuned", HELD_OUT.get(0), "It is 9.")));
    assertThat(report)
        .contains("| addition/accuracy | higher | 0.1000 ± 0.0300 | **0.9000 ± 0.0300 ▲** |")
        .contains("| reading/accuracy | higher | 0.5000 ± 0.0500 | 0.5200 ± 0.0500 |")
        .contains("| validation/bits_per_byte | lower | 2.5000 ± 0.0100 | *2.6000 ± 0.0100 ▼* |")
        .contains("| preference/win_rate | higher | – | 0.7500 ± 0.1000 |")
        .contains("- ✗ base: \\| \\<b\\>\\*what\\*")
        .contains("- ✓ finetuned: It is 9.")
        .contains("simulated rater");
  }

  @Test
  void transcripts_firstQuestionsOfEachSkill() {
    assertThat(EvaluationReport.transcripts("m", model, HELD_OUT, 1, 5))
        .extracting(transcript -> transcript.example().prompt())
        .containsExactly("What is 4 plus 5?", "Who are you?");
  }
}
