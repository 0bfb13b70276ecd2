package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The compose files, loaded by the library that docker compose loads them with; no engine. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ComposeIT {
  private static final Path FOLDER = Installation.repository().resolve("infra/compose");

  private String check = "";

  @BeforeAll
  void find() {
    check = BuiltTools.require("compose-check").resolve("compose-check").toString();
  }

  @Test
  void platform_loadsWithTheVariablesOfItsExample_andEveryImageIsPinned() throws Exception {
    Installation.Outcome outcome = load(FOLDER.resolve("platform.yaml"), example());
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out().lines().map(line -> line.split(" ")[0]))
        .contains(
            "database",
            "temporal",
            "temporal-ui",
            "storage",
            "tracking",
            "worker-workflows",
            "worker-data",
            "worker-learning",
            "serving",
            "console",
            "prometheus",
            "grafana",
            "airflow");
    assertThat(outcome.out().lines())
        .allMatch(line -> line.matches("\\S+ \\S+:\\S+") && !line.endsWith(":latest"));
  }

  @Test
  void platform_serving_keepsWhatItServedOnAVolume() throws Exception {
    String file = Files.readString(FOLDER.resolve("platform.yaml"));
    String serving = file.substring(file.indexOf("\n  serving:\n"), file.indexOf("\n  console:\n"));
    assertThat(serving).contains("<<: *lyceum", "LYCEUM_SERVING_LOG: /var/lib/lyceum/");
    assertThat(file).contains("    - work:/var/lib/lyceum\n");
  }

  @Test
  void platform_withoutItsSecrets_isRefused() {
    Installation.Outcome outcome = load(FOLDER.resolve("platform.yaml"), Map.of());
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("set it in platform.env");
  }

  @Test
  void wrongKey_isRefused(@TempDir Path folder) throws Exception {
    Path wrong = folder.resolve("compose.yaml");
    Files.writeString(
        wrong,
        Files.readString(FOLDER.resolve("platform.yaml")).replace("    command:", "    comand:"));
    Installation.Outcome outcome = load(wrong, example());
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("comand");
  }

  /** Every variable of the example, filled in. */
  private static Map<String, String> example() throws IOException {
    Map<String, String> variables = new TreeMap<>();
    Files.readAllLines(FOLDER.resolve("platform.env.example")).stream()
        .filter(line -> line.endsWith("="))
        .forEach(line -> variables.put(line.substring(0, line.length() - 1), "secret"));
    return variables;
  }

  private Installation.Outcome load(Path file, Map<String, String> variables) {
    return Installation.execute(Duration.ofMinutes(1), List.of(check, file.toString()), variables);
  }
}
