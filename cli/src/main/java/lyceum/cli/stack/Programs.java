package lyceum.cli.stack;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Programs of the machine: where they are, and what they print. */
public final class Programs {
  private Programs() {}

  /** The first program of this name on the path. */
  public static Optional<Path> onPath(String name) {
    return onPath(name, System.getenv().getOrDefault("PATH", ""));
  }

  static Optional<Path> onPath(String name, String path) {
    for (String folder : path.split(File.pathSeparator)) {
      if (!folder.isEmpty()) {
        Path candidate = Path.of(folder, name);
        if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
          return Optional.of(candidate);
        }
      }
    }
    return Optional.empty();
  }

  /** Standard output and error of a short command; empty when it fails or takes too long. */
  public static Optional<String> output(Duration patience, List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(new File("/dev/null"))
              .start();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      Thread reader =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (var in = process.getInputStream()) {
                      in.transferTo(bytes);
                    } catch (IOException e) {
                      // The process was ended below; what it wrote until then is enough.
                      bytes.reset();
                    }
                  });
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        return Optional.empty();
      }
      reader.join(Duration.ofSeconds(2));
      return process.exitValue() == 0
          ? Optional.of(bytes.toString(StandardCharsets.UTF_8).strip())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
