package lyceum.airflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RunOperatorTest {
  @TempDir Path folder;
  private final StringWriter err = new StringWriter();

  @Test
  void execute_withoutARunId_isRefused() throws Exception {
    Path recipe = Files.writeString(folder.resolve("recipe.json"), "{}");

    assertThat(execute("--recipe", recipe.toString())).isEqualTo(RunOperator.REFUSED);
    assertThat(err.toString()).contains("--recipe needs --run-id");
  }

  @Test
  void execute_missingFile_isRefusedByName() {
    assertThat(execute("--request", folder.resolve("none.json").toString()))
        .isEqualTo(RunOperator.REFUSED);
    assertThat(err.toString()).contains("Cannot read").contains("none.json");
  }

  @Test
  void execute_requestThatIsNone_isRefused() throws Exception {
    Path request =
        Files.writeString(folder.resolve("request.json"), "{\"runId\":\"a\",\"fresh\":null}");

    assertThat(execute("--request", request.toString())).isEqualTo(RunOperator.REFUSED);
    assertThat(err.toString()).contains("fresh");
  }

  @Test
  void execute_withoutAServer_fails() throws Exception {
    Path request = folder.resolve("request.json");
    Files.copy(RunOperatorTest.class.getResourceAsStream("/request.json"), request);

    // Port 9 on loopback is closed.
    assertThat(execute("--request", request.toString(), "--temporal", "127.0.0.1:9"))
        .isEqualTo(RunOperator.FAILED);
    assertThat(err.toString()).contains("127.0.0.1:9");
  }

  private int execute(String... arguments) {
    return new CommandLine(new RunOperator()).setErr(new PrintWriter(err, true)).execute(arguments);
  }
}
