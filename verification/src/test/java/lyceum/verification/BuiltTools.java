package lyceum.verification;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Programs that {@code infra/tools/build.sh} builds once into the state folder. Where one is
 * missing, the test that needs it is skipped with the command that builds it.
 */
final class BuiltTools {
  private static final Duration ASKING = Duration.ofMinutes(1);

  private BuiltTools() {}

  /** The folder of one of them. */
  static Path require(String name) {
    return require(List.of(name)).getFirst();
  }

  /** Their folders, in the same order. */
  static List<Path> require(List<String> names) {
    List<String> command = new ArrayList<>();
    command.add(Installation.repository().resolve("infra/tools/build.sh").toString());
    command.add("--check");
    command.addAll(names);
    Installation.Outcome outcome = Installation.execute(ASKING, command, Map.of());
    if (outcome.exitCode() != 0) {
      abort("skipped: " + outcome.err().strip());
    }
    return outcome
        .out()
        .lines()
        .map(line -> Path.of(line.substring(line.indexOf('=') + 1)))
        .toList();
  }

  /**
   * A program that the variable names, or one of this name on the path; skips where there is none.
   */
  static String program(String variable, String name) {
    String given = System.getenv().getOrDefault(variable, "");
    if (!given.isBlank()) {
      return given;
    }
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
      Path program = Path.of(folder, name);
      if (program.toFile().canExecute()) {
        return program.toString();
      }
    }
    return abort("skipped: there is no " + name + " on the path and " + variable + " is not set");
  }
}
