package lyceum.verification;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * An installation of its own under a folder and on ports of its own, driven as a person would:
 * through {@code ./lyceum}.
 */
public final class Installation {
  private final Path home;
  private final Path launcher;
  private final Map<String, String> environment = new TreeMap<>();

  public Installation(Path home, int portBase) {
    this.home = home;
    this.launcher = repository().resolve("lyceum");
    environment.put("LYCEUM_HOME", home.toString());
    environment.put("LYCEUM_PORTS", Integer.toString(portBase));
  }

  /** What a command printed and how it ended. */
  public record Outcome(int exitCode, String out, String err) {}

  public Path home() {
    return home;
  }

  Installation with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  public Outcome run(Duration patience, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(launcher.toString());
    command.addAll(Arrays.asList(arguments));
    return execute(patience, command, environment);
  }

  /** Runs a command and waits for it; its output goes through files, so that no pipe can fill. */
  static Outcome execute(Duration patience, List<String> command, Map<String, String> environment) {
    try {
      Path out = Files.createTempFile("lyceum-it", ".out");
      Path err = Files.createTempFile("lyceum-it", ".err");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .directory(repository().toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
          throw new AssertionError(
              command
                  + " did not end within "
                  + patience
                  + ". Output:\n"
                  + Files.readString(out)
                  + "\nErrors:\n"
                  + Files.readString(err));
        }
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new AssertionError("Cannot run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while waiting for " + command, e);
    }
  }

  /** The folder that holds the launcher. */
  static Path repository() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null && !Files.isExecutable(folder.resolve("lyceum"))) {
      folder = folder.getParent();
    }
    if (folder == null) {
      throw new AssertionError(
          "No folder above " + Path.of("").toAbsolutePath() + " holds the launcher ./lyceum.");
    }
    return folder;
  }
}
