package lyceum.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import lyceum.cli.command.Lyceum;
import lyceum.cli.screen.Screen;
import picocli.CommandLine;

/** The verbs of the command, with their own verbs. */
public final class AllVerbs {
  private AllVerbs() {}

  /** For example {@code run start}. */
  public static Set<String> names(Path home) {
    Lyceum lyceum =
        new Lyceum(
            Screen.ofProcess(Map.of()),
            Map.of("LYCEUM_HOME", home.toString()),
            Path.of("..").toAbsolutePath().normalize());
    Set<String> names = new TreeSet<>();
    collect("", Main.commandLine(lyceum), names);
    return names;
  }

  private static void collect(String prefix, CommandLine line, Set<String> names) {
    if (line.getSubcommands().isEmpty()) {
      names.add(prefix);
    }
    line.getSubcommands()
        .forEach(
            (name, verb) -> collect(prefix.isEmpty() ? name : prefix + " " + name, verb, names));
  }
}
