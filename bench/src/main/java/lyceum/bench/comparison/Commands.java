package lyceum.bench.comparison;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import lyceum.core.LyceumException;

/** Command lines of contestants. */
public final class Commands {
  private Commands() {}

  /** A main class of ours on this process's class path, by this process's Java. */
  public static List<String> ours(Class<?> main, List<String> jvmFlags) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-Dlogback.configurationFile=lyceum/bench/logback.xml");
    command.addAll(jvmFlags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    return command;
  }

  /**
   * A script of ours in the peers' Python, which the variable {@code LYCEUM_PEERS} names.
   *
   * @param beside the class beside which the script lies as a resource
   * @throws LyceumException of category USER when the variable names no program
   */
  public static List<String> python(Class<?> beside, String script) {
    String python = System.getenv().getOrDefault("LYCEUM_PEERS", "");
    if (python.isBlank() || !Files.isExecutable(Path.of(python))) {
      throw LyceumException.user(
          "LYCEUM_PEERS is '"
              + python
              + "', which is not a program; it must name the Python that holds the peers."
              + " ./lyceum bench installs one where the variable is not set.");
    }
    try (InputStream in = beside.getResourceAsStream(script)) {
      if (in == null) {
        throw LyceumException.internal("The resource " + script + " is missing.");
      }
      return List.of(python, "-u", "-c", new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw LyceumException.internal("Cannot read the resource " + script + ".", e);
    }
  }

  /**
   * The command on the first cores of the machine alone.
   *
   * @throws LyceumException of category USER when the machine has fewer, or cannot pin processes
   */
  public static List<String> onCores(int cores, List<String> command) {
    int there = Runtime.getRuntime().availableProcessors();
    if (cores > there) {
      throw LyceumException.user(
          "This process may use " + there + " cores, and " + cores + " were asked for.");
    }
    if (!Files.isExecutable(Path.of("/usr/bin/taskset"))) {
      throw LyceumException.user(
          "Contestants are held to their cores by /usr/bin/taskset, which is not here."
              + " Measure on Linux with util-linux installed.");
    }
    List<String> pinned = new ArrayList<>(List.of("/usr/bin/taskset", "-c", coreList(cores)));
    pinned.addAll(command);
    return pinned;
  }

  private static String coreList(int cores) {
    return IntStream.range(0, cores).mapToObj(Integer::toString).collect(Collectors.joining(","));
  }
}
