package lyceum.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.AllVerbs;
import lyceum.connectors.settings.Settings;
import lyceum.console.api.Services;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything that the command does, the API does. */
class VerbsTest {
  /** What is about the machine on which the command is typed, and not about the installation. */
  private static final Map<String, String> LOCAL =
      Map.ofEntries(
          Map.entry("up", "starts the console itself"),
          Map.entry("down", "stops the console itself"),
          Map.entry("logs", "files of this machine"),
          Map.entry("backup", "files of this machine"),
          Map.entry("restore", "files of this machine"),
          Map.entry("drill kill", "kills a process of this machine"),
          Map.entry("drill serve", "holds up servers of this machine"),
          Map.entry("bench", "measures this machine"),
          Map.entry("model sign", "signs with a key of this machine"),
          Map.entry("completion", "for a shell"),
          Map.entry("help", "of the command"),
          Map.entry("warm-up", "of the command"),
          Map.entry("test-programs", "installs on this machine"));

  @TempDir Path home;

  @Test
  void everyVerb_hasAnOperation_orIsAboutThisMachine() {
    Map<String, String> environment = new HashMap<>();
    environment.put("LYCEUM_HOME", home.toString());
    environment.put("LYCEUM_CONSOLE_PORT", "0");
    environment.put("LYCEUM_STORAGE_ACCESS_KEY", "nobody");
    environment.put("LYCEUM_STORAGE_SECRET_KEY", "is asked");
    Settings settings = Settings.load(environment);
    ConsoleSettings own = ConsoleSettings.of(environment, home);
    Set<String> covered = new TreeSet<>();
    try (Console console =
        Console.start(
            own,
            Services.of(
                settings,
                TemporalConnection.open(settings, "test"),
                own.recipes(),
                Optional.empty(),
                InstantSource.system()),
            InstantSource.system())) {
      console.operations().forEach(operation -> covered.addAll(operation.verbs()));
    }
    Set<String> verbs = AllVerbs.names(home);
    assertThat(verbs).as("an operation names a verb that is none").containsAll(covered);
    Set<String> missing = new TreeSet<>(verbs);
    missing.removeAll(covered);
    missing.removeAll(LOCAL.keySet());
    assertThat(missing).isEmpty();
    assertThat(LOCAL.keySet()).doesNotContainAnyElementsOf(covered);
  }
}
