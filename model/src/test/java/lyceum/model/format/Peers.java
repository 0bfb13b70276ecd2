package lyceum.model.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Runs Python with torch and transformers, named by the variable LYCEUM_PEERS; without it the test
 * is skipped.
 */
public final class Peers {
  private Peers() {}

  public static String python() {
    String python = System.getenv().getOrDefault("LYCEUM_PEERS", "");
    Assumptions.assumeFalse(
        python.isBlank(),
        "LYCEUM_PEERS is unset: name a Python with torch, transformers and tokenizers to compare with them");
    return python;
  }

  /** What the script prints on standard output. */
  public static String run(Path folder, String script, String... arguments)
      throws IOException, InterruptedException {
    Path file = folder.resolve("script.py");
    Files.writeString(file, script);
    Process process =
        new ProcessBuilder(
                Stream.concat(Stream.of(python(), file.toString()), Arrays.stream(arguments))
                    .toList())
            .redirectError(folder.resolve("stderr").toFile())
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s", Files.readString(folder.resolve("stderr"))).isZero();
    return out;
  }
}
