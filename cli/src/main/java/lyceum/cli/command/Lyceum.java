package lyceum.cli.command;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import lyceum.application.model.ModelLines;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.screen.Screen;
import lyceum.cli.stack.Installation;
import lyceum.cli.stack.LocalStack;
import lyceum.cli.stack.StateFolder;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.tracking.MlflowTracker;

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

  /**
   * A connection to Temporal that was tried.
   *
   * @throws lyceum.core.LyceumException EXTERNAL when no server answers
   */
  public TemporalConnection connect(Settings settings) {
    return TemporalConnection.open(settings, "lyceum-cli").check();
  }

  public TemporalConnection connect() {
    return connect(settings());
  }

  public ModelLines modelLines() {
    Settings settings = settings();
    return new ModelLines(
        new MlflowTracker(settings.tracking()), new MinioArtifactStore(settings.storage()));
  }

  /** The name under which this person starts, ranks and decides. */
  public String user() {
    String given = environment.getOrDefault("LYCEUM_USER", "");
    return given.isBlank() ? System.getProperty("user.name", "unknown") : given.strip();
  }
}
