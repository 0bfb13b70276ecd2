package lyceum.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryCheckTest {
  private static final long GIBI = 1L << 30;
  private static final ModelConfig MODEL =
      new ModelConfig(8192, 512, 8, 8, 8, 512, 1376, 10_000, 1e-5, true);

  private static PlannedTraining planned(int rows, ComputeSettings compute) {
    return new PlannedTraining(
        new TrainingWork(
            "pretraining",
            MODEL,
            10,
            rows,
            512,
            compute.precision() == Precision.BF16,
            compute.recompute()),
        compute);
  }

  private static void require(PlannedTraining training, long total, long available) {
    MemoryCheck.require(
        training,
        training.compute().ranks(),
        Operations.NATIVE,
        new MachineMemory(total, available),
        0);
  }

  private static LyceumException refused(PlannedTraining training, long total, long available) {
    return catchThrowableOfType(LyceumException.class, () -> require(training, total, available));
  }

  @Test
  void require_whatFits_passes() {
    assertThatCode(() -> require(planned(8, ComputeSettings.PLAIN), 8 * GIBI, 8 * GIBI))
        .doesNotThrowAnyException();
  }

  @Test
  void require_onAMachineThatIsTooSmall_refusesWithNumbersAndAWayThatFits() {
    PlannedTraining training = planned(256, ComputeSettings.PLAIN);
    LyceumException refusal = refused(training, 4 * GIBI, 4 * GIBI);
    assertThat(refusal.category()).isEqualTo(ErrorCategory.USER);
    double needed =
        TrainingMemory.onCpu(training.work(), 1, 1, Operations.NATIVE).total() / (double) GIBI;
    assertThat(refusal)
        .hasMessageContaining("needs about %.2f GiB".formatted(needed))
        .hasMessageContaining("This machine has 4.00 GiB")
        .hasMessageContaining("smaller model");
    Matcher advice =
        Pattern.compile("compute.microBatches to (\\d+)").matcher(refusal.getMessage());
    assertThat(advice.find()).isTrue();
    int parts = Integer.parseInt(advice.group(1));
    assertThatCode(
            () ->
                require(
                    planned(256, new ComputeSettings(parts, Precision.F32, false)),
                    4 * GIBI,
                    4 * GIBI))
        .doesNotThrowAnyException();
  }

  @Test
  void require_whereOthersHoldTheMemory_isAMatterOfResources() {
    LyceumException refusal = refused(planned(8, ComputeSettings.PLAIN), 64 * GIBI, GIBI / 2);
    assertThat(refusal.category()).isEqualTo(ErrorCategory.RESOURCE);
    assertThat(refusal).hasMessageContaining("of which 0.50 GiB are free");
    // What this process holds already is there for the training.
    assertThatCode(
            () ->
                MemoryCheck.require(
                    planned(8, ComputeSettings.PLAIN),
                    1,
                    Operations.NATIVE,
                    new MachineMemory(64 * GIBI, GIBI / 2),
                    8 * GIBI))
        .doesNotThrowAnyException();
  }

  @Test
  void require_whereNotOneRowFits_saysSo() {
    assertThat(refused(planned(8, ComputeSettings.PLAIN), GIBI, GIBI))
        .hasMessageContaining("not even one row at a time");
  }

  @Test
  void require_ofRanksOnOneMachine_countsThemAll() {
    ComputeSettings four = new ComputeSettings(1, Precision.F32, false, 4);
    assertThat(refused(planned(8, four), 4 * GIBI, 4 * GIBI)).hasMessageContaining("for 4 ranks");
  }

  @ParameterizedTest
  @CsvSource({"2,NATIVE", "8,NATIVE", "64,NATIVE", "2,STOCK", "64,STOCK"})
  void total_neverGrowsWithWhatSavesMemory(int parts, Operations operations) {
    PlannedTraining plain = planned(64, ComputeSettings.PLAIN);
    TrainingWork again = plain.work().computed(false, true);
    TrainingMemory half = TrainingMemory.onCpu(plain.work(), parts, 1, operations);
    assertThat(half.activations())
        .isLessThan(TrainingMemory.onCpu(plain.work(), parts / 2, 1, operations).activations());
    assertThat(TrainingMemory.onCpu(again, parts, 1, operations).activations())
        .isLessThan(half.activations());
    assertThat(TrainingMemory.onCpu(plain.work(), 1, parts, operations).moments())
        .isEqualTo(half.moments() / parts);
  }
}
