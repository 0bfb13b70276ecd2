package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Runs scripts in a Python that a variable names; the test is skipped where it names none. */
final class Python {
  private Python() {}

  /** What the script prints last, which is a line of JSON. */
  static JsonNode run(
      String variable, String packages, Path folder, String script, List<String> arguments)
      throws IOException, InterruptedException {
    String python = System.getenv().getOrDefault(variable, "");
    Assumptions.assumeFalse(
        python.isBlank(), variable + " is unset: name a Python with " + packages);
    Path file = folder.resolve("script.py");
    Files.writeString(file, script);
    List<String> command = new ArrayList<>(List.of(python, file.toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(folder.resolve("stderr").toFile());
    builder.environment().put("HF_HUB_OFFLINE", "1");
    builder.environment().put("HF_HOME", folder.resolve("hf").toString());
    builder.environment().put("OPENAI_API_KEY", "none");
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor())
        .as("%s%n%s", out, Files.readString(folder.resolve("stderr")))
        .isZero();
    return new ObjectMapper().readTree(out.lines().toList().getLast());
  }
}
