package lyceum.model.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.data.skill.ChatExample;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.LearnerFixture;
import lyceum.model.training.LearnerFixture.Recorder;
import lyceum.model.training.Resumption;
import lyceum.model.training.StepReport;
import lyceum.model.training.Trained;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyTrainingTest {
  private static final ModelConfig CONFIG = LearnerFixture.config(1, 32, 128);
  private static final LanguageModel MODEL = LearnerFixture.model(CONFIG, 1);
  private static final List<ChatExample> PROMPTS =
      LearnerFixture.chats(Skill.IDENTITY, 30, 1).train();

  /** How often a certain token occurs in an answer: a rule that a model can follow at once. */
  private static final PolicyTask.Rewards TOKEN_COUNT =
      samples ->
          samples.stream()
              .mapToDouble(
                  sample -> {
                    double count = 0;
                    for (int id : sample.answer().ids()) {
                      count += id == 40 ? 1 : 0;
                    }
                    return count;
                  })
              .toArray();

  private static AlignmentSettings settings(int steps, double rate, double kl) {
    OptimizerSettings optimizer =
        new OptimizerSettings(
            rate, 1, 0, OptimizerSettings.Schedule.CONSTANT, 0, 0.9, 0.95, 1e-8, 1);
    return new AlignmentSettings(
        AlignmentSettings.Rater.SIMULATED,
        16,
        8,
        1,
        8,
        1,
        new AlignmentSettings.RewardSettings(30, 8, 0.25, 10, optimizer),
        new AlignmentSettings.PolicySettings(steps, 8, 4, kl, 2, optimizer));
  }

  private static Trained train(
      PolicyTask.Rewards rewards, AlignmentSettings settings, Recorder recorder) {
    return PolicyTraining.train(
        MODEL, rewards, "rule", settings, PROMPTS, 1, Optional.empty(), recorder);
  }

  @Test
  void train_stoppedAndResumedAnywhere_endsInTheSameBytes(@TempDir Path folder) {
    AlignmentSettings settings = settings(5, 0.003, 0.05);
    Resumption.provesExact(
        new Resumption.Case<Trained>(
            (from, listener) ->
                PolicyTraining.train(
                    MODEL, TOKEN_COUNT, "rule", settings, PROMPTS, 1, from, listener),
            Trained::weights),
        folder,
        1,
        4,
        5);
  }

  @Test
  void train_towardsARule_earnsMoreAndStaysNearerUnderAPenalty() {
    Recorder free = new Recorder();
    train(TOKEN_COUNT, settings(19, 0.01, 0), free);
    Recorder held = new Recorder();
    train(TOKEN_COUNT, settings(19, 0.01, 1), held);
    assertThat(mean(free, "reward", 15, 19)).isGreaterThan(mean(free, "reward", 0, 5) + 0.5);
    assertThat(mean(held, "kl", 15, 19)).isLessThan(0.5 * mean(free, "kl", 15, 19));
  }

  private static double mean(Recorder recorder, String metric, int from, int to) {
    return recorder.reports.subList(from, to).stream()
        .mapToDouble(report -> report.metrics().get(metric))
        .average()
        .orElseThrow();
  }

  @Test
  void report_ofTheFirstStep_findsThePolicyWhereItStarted() {
    Recorder recorder = new Recorder();
    train(TOKEN_COUNT, settings(1, 0.003, 0), recorder);
    StepReport first = recorder.reports.getFirst();
    assertThat(first.metrics().get("kl")).isCloseTo(0, within(1e-4));
    assertThat(first.metrics().get("sampling_logp_difference")).isLessThan(1e-4);
    // An untrained model draws nearly uniformly.
    assertThat(first.metrics().get("entropy")).isCloseTo(Math.log(320), within(0.1));
  }

  @Test
  void train_onAConstantReward_saysThatThereIsNothingToLearn() {
    assertThatThrownBy(
            () ->
                train(
                    samples -> new double[samples.size()], settings(40, 0.003, 0), new Recorder()))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("same reward");
  }

  @Test
  void train_atAVanishingRate_saysThatNoWeightMoved() {
    assertThatThrownBy(() -> train(TOKEN_COUNT, settings(1, 1e-30, 0), new Recorder()))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("no weight has moved");
  }

  @Property(tries = 50)
  void advantages_ofAnyReturns_sumToZeroInEachGroup(
      @ForAll @Size(6) List<@DoubleRange(min = -10, max = 10) Double> returns) {
    double[] advantages = PolicyTask.advantages(returns.stream().mapToDouble(r -> r).toArray(), 3);
    assertThat(advantages[0] + advantages[1] + advantages[2]).isCloseTo(0, within(1e-9));
    assertThat(advantages[3])
        .isCloseTo(returns.get(3) - (returns.get(4) + returns.get(5)) / 2, within(1e-9));
  }
}
