package lyceum.cli.command;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import lyceum.cli.screen.Screen;
import lyceum.cli.stack.Installation;
import lyceum.cli.stack.LocalStack;
import lyceum.cli.stack.StateFolder;
import lyceum.connectors.settings.Settings;

/**
 * What every verb needs: where things are and where to write.
 *
 * @param install folder of the repository, with {@code recipes/} and the built modules
 */
public record Lyceum(Screen screen, Map<String, String> environment, Path install) {
  /** The state folder: {@code LYCEUM_HOME}, or {@code ~/.lyceum}. */
  public StateFolder folder() {
    String given = environment.getOrDefault("LYCEUM_HOME", "");
    Path root =
        given.isBlank()
            ? Path.of(System.getProperty("user.home"), ".lyceum")
            : Path.of(given.strip());
    return new StateFolder(root.toAbsolutePath().normalize());
  }

  public Installation installation() {
    return new Installation(folder(), environment, new SecureRandom());
  }

  /**
   * @param portsBase 0 for the ports remembered
   */
  public Installation installation(int portsBase) {
    return new Installation(folder(), environment, new SecureRandom(), portsBase);
  }

  public LocalStack stack() {
    return stack(installation());
  }

  public LocalStack stack(Installation installation) {
    return new LocalStack(installation, install, environment, screen);
  }

  /** Addresses and keys that hold now. */
  public Settings settings() {
    return installation().settings();
  }

  /** The name under which this person starts, ranks and decides. */
  public String user() {
    String given = environment.getOrDefault("LYCEUM_USER", "");
    return given.isBlank() ? System.getProperty("user.name", "unknown") : given.strip();
  }
}
