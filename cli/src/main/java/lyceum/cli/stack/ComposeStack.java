package lyceum.cli.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import lyceum.cli.screen.Screen;
import lyceum.connectors.settings.Settings;
import lyceum.core.LyceumException;

/**
 * Temporal, MinIO and MLflow as containers of a Docker engine, on the same ports and with the same
 * keys as local processes.
 */
public final class ComposeStack {
  private static final String MARKER = "compose.properties";
  private static final Duration UP_PATIENCE = Duration.ofMinutes(20);

  private final Installation installation;
  private final Path file;
  private final Screen screen;

  public ComposeStack(Installation installation, Path install, Screen screen) {
    this.installation = installation;
    this.file = install.resolve("infra/compose/compose.yaml");
    this.screen = screen;
  }

  /**
   * Whether the server runs in a container on this installation's port, instead of as a process.
   */
  public static boolean contains(StateFolder folder, Server server) {
    return !server.setting().isEmpty() && Files.exists(folder.root().resolve(MARKER));
  }

  /**
   * Starts the containers and waits until they are well. What has to be prepared inside them is
   * prepared as for local processes.
   *
   * @throws LyceumException USER when no engine answers
   */
  public void up() {
    Path docker = engine();
    Settings settings = installation.settle();
    Properties marker = new Properties();
    marker.setProperty("file", file.toString());
    StateFolder.write(installation.folder().root().resolve(MARKER), marker);
    screen.say("Starting containers (the first time fetches images)");
    run(docker, settings, UP_PATIENCE, List.of("up", "--detach", "--wait"));
  }

  /** Stops the containers; their volumes stay. Returns whether there were any. */
  public boolean down() {
    Path marker = installation.folder().root().resolve(MARKER);
    if (!Files.exists(marker)) {
      return false;
    }
    run(engine(), installation.settings(), Duration.ofMinutes(2), List.of("down"));
    try {
      Files.delete(marker);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot remove " + marker + ": " + e.getMessage(), e);
    }
    return true;
  }

  private static Path engine() {
    Optional<Path> docker = Programs.onPath("docker");
    if (docker.isEmpty()) {
      throw LyceumException.user(
          "--stack compose needs a Docker engine, and there is no docker command on the path. Install Docker, or leave the option"
              + " out: the servers then run as processes of this machine.");
    }
    String program = docker.get().toString();
    if (Programs.output(
            Duration.ofSeconds(15), List.of(program, "info", "--format", "{{.ServerVersion}}"))
        .filter(version -> version.matches("[0-9].*"))
        .isEmpty()) {
      throw LyceumException.user(
          "--stack compose needs a Docker engine, and none answers (docker info fails). Start it, or leave the option out: the"
              + " servers then run as processes of this machine.");
    }
    if (Programs.output(Duration.ofSeconds(15), List.of(program, "compose", "version")).isEmpty()) {
      throw LyceumException.user(
          "--stack compose needs Docker's compose plugin, which is missing (docker compose version fails). Install it, or leave the"
              + " option out.");
    }
    return docker.get();
  }

  private void run(Path docker, Settings settings, Duration patience, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                docker.toString(),
                "compose",
                "--project-name",
                "lyceum",
                "--file",
                file.toString()));
    command.addAll(arguments);
    Path log = installation.folder().log("compose");
    long position = LogTail.position(log);
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().putAll(variables(settings));
      Process process = builder.start();
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)
          || process.exitValue() != 0) {
        process.destroy();
        throw LyceumException.external(
            "docker compose "
                + String.join(" ", arguments)
                + " failed. Its last lines:\n    "
                + String.join("\n    ", LogTail.lines(log, position, 12))
                + "\n  All of it: "
                + log);
      }
    } catch (IOException e) {
      throw LyceumException.resource("Cannot run docker compose: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted while docker compose ran.", e);
    }
  }

  /** What {@code compose.yaml} asks for. */
  Map<String, String> variables(Settings settings) {
    Ports ports = installation.ports();
    Properties root = installation.storageRoot();
    Map<String, String> variables = new TreeMap<>();
    variables.put("LYCEUM_TEMPORAL_PORT", Integer.toString(ports.temporal()));
    variables.put("LYCEUM_TEMPORAL_UI_PORT", Integer.toString(ports.temporalUi()));
    variables.put("LYCEUM_STORAGE_PORT", Integer.toString(ports.storage()));
    variables.put("LYCEUM_STORAGE_CONSOLE_PORT", Integer.toString(ports.storageConsole()));
    variables.put("LYCEUM_TRACKING_PORT", Integer.toString(ports.tracking()));
    variables.put("LYCEUM_STORAGE_ROOT_USER", root.getProperty("user"));
    variables.put("LYCEUM_STORAGE_ROOT_PASSWORD", root.getProperty("password"));
    variables.put("LYCEUM_STORAGE_ACCESS_KEY", settings.storage().accessKey());
    variables.put("LYCEUM_STORAGE_SECRET_KEY", settings.storage().secretKey());
    variables.put("LYCEUM_STORAGE_REGION", settings.storage().region());
    variables.put("LYCEUM_STORAGE_BUCKET", settings.storage().bucket());
    variables.put("LYCEUM_TEMPORAL_NAMESPACE", settings.temporalNamespace());
    return variables;
  }
}
