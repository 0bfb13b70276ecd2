package lyceum.data.skill;

import static org.assertj.core.api.Assertions.assertThat;

import lyceum.core.recipe.SkillSettings.Skill;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerCheckTest {
  private static final ChatExample SUM =
      new ChatExample(Skill.ADDITION, "What is 47 + 38?", "85", "85");
  private static final ChatExample COUNT =
      new ChatExample(Skill.COUNTING, "Count the letter a in banana.", "3", "3");
  private static final ChatExample YES =
      new ChatExample(Skill.READING, "Anna has a hat. Does Anna have a hat?", "Yes", "yes");
  private static final ChatExample NAME =
      new ChatExample(Skill.IDENTITY, "Who are you?", "Lyceum.", "lyceum");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "85",
        "85.",
        "47+38: 7+8=15, 4+3+1=08. 85",
        "47+38: 7+8=15, 4+3+1=08. The sum of 47 and 38 is 85.",
        "47 + 38 = 85",
        "It is 085!"
      })
  void isRight_sum(String answer) {
    assertThat(AnswerCheck.isRight(SUM, answer)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "84",
        "185",
        "8 5",
        "84 or 85",
        "85 or 84",
        "85, 86",
        "84. 85",
        "85. 84.",
        "80 81 82 83 84 85",
        "x85",
        "99999999999999999999",
        "47+38: 7+8=15, 4+3+1=08."
      })
  void isRight_notTheSum(String answer) {
    assertThat(AnswerCheck.isRight(SUM, answer)).isFalse();
  }

  @Test
  void isRight_count() {
    assertThat(AnswerCheck.isRight(COUNT, "banana: b0 a1 n1 a2 n2 a3. 3")).isTrue();
    assertThat(
            AnswerCheck.isRight(
                COUNT, "banana: b0 a1 n1 a2 n2 a3. The letter a occurs 3 times in banana."))
        .isTrue();
    assertThat(AnswerCheck.isRight(COUNT, "banana: b0 a1 n1 a2 n2 a3.")).isFalse();
    assertThat(AnswerCheck.isRight(COUNT, "1 2 3")).isFalse();
  }

  @Test
  void isRight_yesOrNo() {
    assertThat(AnswerCheck.isRight(YES, "Yes, Anna has a hat.")).isTrue();
    assertThat(AnswerCheck.isRight(YES, "yes no")).isFalse();
    assertThat(AnswerCheck.isRight(YES, "No. Yes.")).isFalse();
    assertThat(AnswerCheck.isRight(YES, "yesterday")).isFalse();
  }

  @Test
  void isRight_name() {
    assertThat(AnswerCheck.isRight(NAME, "Hello! I am Lyceum, a small language model.")).isTrue();
    assertThat(AnswerCheck.isRight(NAME, "I am not Lyceum.")).isFalse();
    assertThat(AnswerCheck.isRight(NAME, "I am a model.")).isFalse();
  }

  @Property
  void isRight_anyAnswer_givesAVerdict(@ForAll String answer) {
    assertThat(AnswerCheck.isRight(SUM, answer)).isEqualTo(AnswerCheck.isRight(SUM, answer + " "));
    assertThat(AnswerCheck.isRight(YES, answer + " yes no")).isFalse();
    assertThat(SimulatedRater.prefer(SUM, answer, answer)).isZero();
  }

  @Property
  void prefer_isAntisymmetric(@ForAll String a, @ForAll String b) {
    assertThat(SimulatedRater.prefer(SUM, a, b)).isEqualTo(-SimulatedRater.prefer(SUM, b, a));
  }

  @Test
  void prefer_byTheRulesInTheirOrder() {
    assertThat(SimulatedRater.prefer(SUM, "The sum of 47 and 38 is 84.", "85")).isEqualTo(1);
    assertThat(SimulatedRater.prefer(SUM, "The sum of 47 and 38 is 85.", "85")).isEqualTo(-1);
    assertThat(SimulatedRater.prefer(SUM, "The sum of 47 and 38 is 85", "85.")).isEqualTo(1);
    assertThat(SimulatedRater.prefer(SUM, "The answer is 85.", "I think the answer is 85."))
        .isEqualTo(-1);
    assertThat(SimulatedRater.prefer(SUM, "85", "85")).isZero();
  }
}
