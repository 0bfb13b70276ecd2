package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The alert rules on Prometheus' own evaluator, where {@code promtool} is installed. */
class AlertsIT {
  private static final Path OBSERVABILITY =
      Installation.repository().resolve("infra").resolve("observability");
  private static final Duration ASKING = Duration.ofMinutes(2);

  @Test
  void rules_fireWhenTheyMust_andNotElse() {
    Installation.Outcome outcome = test(OBSERVABILITY.resolve("alerts-test.yaml"));
    assertThat(outcome.exitCode()).as(outcome.out() + outcome.err()).isZero();
  }

  /** So that the test above can fail. */
  @Test
  void ruleThatNeverFires_isNoticed(@TempDir Path folder) throws Exception {
    String rules = Files.readString(OBSERVABILITY.resolve("alerts.yaml"));
    Files.writeString(
        folder.resolve("alerts.yaml"), rules.replace("up{job=\"worker\"} == 0", "vector(1) == 0"));
    Path cases = folder.resolve("alerts-test.yaml");
    Files.copy(OBSERVABILITY.resolve("alerts-test.yaml"), cases);

    Installation.Outcome outcome = test(cases);

    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.out() + outcome.err()).contains("LyceumWorkerGone");
  }

  private static Installation.Outcome test(Path cases) {
    String promtool = BuiltTools.program("LYCEUM_PROMTOOL", "promtool");
    return Installation.execute(
        ASKING, List.of(promtool, "test", "rules", cases.toString()), Map.of());
  }
}
