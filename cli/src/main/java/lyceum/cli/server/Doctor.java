package lyceum.cli.server;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lyceum.application.text.Amounts;
import lyceum.cli.command.Lyceum;
import lyceum.cli.stack.Installation;
import lyceum.cli.stack.PortHolder;
import lyceum.cli.stack.Programs;
import lyceum.cli.stack.Server;
import lyceum.cli.stack.ServerStatus;
import lyceum.cli.stack.Tools;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.core.LyceumException;

/** Looks at everything that a run leans on. */
final class Doctor {
  // MLflow with its libraries, MinIO with the build's cache, Temporal; then what a small run
  // writes.
  private static final long DISK_TO_INSTALL = 6L << 30;
  private static final long DISK_TO_RUN = 2L << 30;
  private static final long MEMORY = 4L << 30;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Lyceum lyceum;
  private final List<Finding> findings = new ArrayList<>();

  /** How bad it is. */
  enum Level {
    GOOD,
    WARNING,
    FAULT
  }

  /**
   * One thing looked at.
   *
   * @param fix what to do; empty when nothing needs doing
   */
  record Finding(Level level, String what, String seen, String fix) {}

  Doctor(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  List<Finding> examine() {
    Installation installation = lyceum.installation();
    Tools tools = new Tools(installation.folder(), lyceum.environment());
    java();
    maven();
    python(tools);
    go(tools);
    disk(installation);
    memory();
    for (Server server : List.of(Server.STORAGE, Server.TEMPORAL, Server.TRACKING)) {
      if (installation.manages(server)) {
        good(
            server.title(),
            tools.isInstalled(server) ? "installed" : "will be installed by ./lyceum up");
      }
    }
    List<ServerStatus> status = lyceum.stack().status();
    ports(installation, status);
    servers(status);
    credentials(installation, status);
    secrets(installation);
    return List.copyOf(findings);
  }

  private void good(String what, String seen) {
    findings.add(new Finding(Level.GOOD, what, seen, ""));
  }

  private void java() {
    int feature = Runtime.version().feature();
    findings.add(
        feature >= 25
            ? new Finding(
                Level.GOOD, "JDK", Runtime.version() + " at " + System.getProperty("java.home"), "")
            : new Finding(
                Level.FAULT,
                "JDK",
                Runtime.version().toString(),
                "Install JDK 25 and set JAVA_HOME to it."));
  }

  private void maven() {
    Optional<Path> maven =
        Optional.of(lyceum.environment().getOrDefault("LYCEUM_MVN", ""))
            .filter(text -> !text.isBlank())
            .map(Path::of)
            .or(() -> Programs.onPath("mvn"));
    findings.add(
        maven
            .map(path -> new Finding(Level.GOOD, "Maven", path.toString(), ""))
            .orElse(
                new Finding(
                    Level.WARNING,
                    "Maven",
                    "not on the path",
                    "./lyceum fetches it when it has to build; or install it (apt install maven, brew install maven).")));
  }

  private void python(Tools tools) {
    try {
      Path python = tools.python();
      good(
          "Python",
          Programs.output(PATIENCE, List.of(python.toString(), "--version"))
                  .orElse("unknown version")
              + " at "
              + python);
    } catch (LyceumException e) {
      findings.add(
          new Finding(
              Level.FAULT, "Python", "none that can be used", String.valueOf(e.getMessage())));
    }
  }

  private void go(Tools tools) {
    boolean needed = !tools.isInstalled(Server.STORAGE);
    try {
      Path go = tools.go();
      good(
          "Go",
          Programs.output(PATIENCE, List.of(go.toString(), "version")).orElse("unknown version")
              + " at "
              + go);
    } catch (LyceumException e) {
      findings.add(
          new Finding(
              needed ? Level.FAULT : Level.GOOD,
              "Go",
              needed ? "missing" : "missing, and not needed: MinIO is there",
              needed ? String.valueOf(e.getMessage()) : ""));
    }
  }

  private void disk(Installation installation) {
    Path existing = installation.folder().root();
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    try {
      long free = Files.getFileStore(existing).getUsableSpace();
      boolean installed = Files.isDirectory(installation.folder().tools());
      long needed = installed ? DISK_TO_RUN : DISK_TO_INSTALL;
      findings.add(
          new Finding(
              free >= needed ? Level.GOOD : Level.FAULT,
              "disk",
              Amounts.bytes(free) + " free at " + existing,
              free >= needed
                  ? ""
                  : "At least "
                      + Amounts.bytes(needed)
                      + " are needed. Free some, or set LYCEUM_HOME to a larger disk."));
    } catch (IOException e) {
      findings.add(new Finding(Level.WARNING, "disk", "cannot be asked: " + e.getMessage(), ""));
    }
  }

  private void memory() {
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      long bytes = system.getTotalMemorySize();
      findings.add(
          new Finding(
              bytes >= MEMORY ? Level.GOOD : Level.WARNING,
              "memory",
              Amounts.bytes(bytes) + ", " + system.getAvailableProcessors() + " processors",
              bytes >= MEMORY
                  ? ""
                  : "The servers and a small run want " + Amounts.bytes(MEMORY) + "."));
    }
  }

  private void ports(Installation installation, List<ServerStatus> status) {
    List<String> taken = new ArrayList<>();
    for (ServerStatus one : status) {
      if (one.managed() && one.pid() == 0) {
        installation
            .ports()
            .named(one.server())
            .forEach(
                (name, port) -> {
                  if (!PortHolder.isFree(port)) {
                    taken.add(port + " (" + name + ") by " + PortHolder.of(port));
                  }
                });
      }
    }
    findings.add(
        taken.isEmpty()
            ? new Finding(Level.GOOD, "ports", "free or held by Lyceum itself", "")
            : new Finding(
                Level.FAULT,
                "ports",
                "taken: " + String.join("; ", taken),
                "Stop that program, or choose others: ./lyceum up --ports BASE."));
  }

  private void servers(List<ServerStatus> status) {
    for (ServerStatus one : status) {
      switch (one.state()) {
        case HEALTHY ->
            good(
                one.server().title() + " answers", one.address().isEmpty() ? "yes" : one.address());
        case UNHEALTHY ->
            findings.add(
                new Finding(
                    Level.FAULT,
                    one.server().title() + " answers",
                    one.note(),
                    "./lyceum up starts it again."));
        case STOPPED ->
            findings.add(
                new Finding(
                    one.managed() ? Level.WARNING : Level.FAULT,
                    one.server().title() + " answers",
                    one.managed() ? "not running" : "no answer from " + one.address(),
                    one.managed()
                        ? "./lyceum up starts it."
                        : "Correct "
                            + one.server().setting()
                            + " (or "
                            + Settings.variable(one.server().setting())
                            + "), or remove it to have one started here."));
      }
    }
  }

  private void credentials(Installation installation, List<ServerStatus> status) {
    boolean answers =
        status.stream()
            .anyMatch(
                one -> one.server() == Server.STORAGE && one.state() == ServerStatus.State.HEALTHY);
    if (!answers) {
      return;
    }
    Settings settings = installation.settings();
    try {
      new MinioArtifactStore(settings.storage()).getDocument("lyceum-reachable");
      good("storage key", "may use the bucket " + settings.storage().bucket());
    } catch (LyceumException e) {
      findings.add(
          new Finding(
              Level.FAULT,
              "storage key",
              String.valueOf(e.getMessage()),
              installation.manages(Server.STORAGE)
                  ? "./lyceum up gives the key its rights again."
                  : "Correct storage.accessKey and storage.secretKey in "
                      + installation.folder().root().resolve(Settings.FILE)
                      + "."));
    }
  }

  private void secrets(Installation installation) {
    for (Path file :
        List.of(
            installation.folder().root().resolve(Settings.FILE),
            installation.folder().storageRootFile())) {
      if (!Files.exists(file)) {
        continue;
      }
      try {
        Set<java.nio.file.attribute.PosixFilePermission> rights =
            Files.getPosixFilePermissions(file);
        boolean open = rights.stream().anyMatch(right -> !right.name().startsWith("OWNER"));
        findings.add(
            new Finding(
                open ? Level.FAULT : Level.GOOD,
                "secrets",
                file + (open ? " can be read by others" : " is its owner's alone"),
                open ? "chmod 600 " + file : ""));
      } catch (IOException | UnsupportedOperationException e) {
        findings.add(
            new Finding(Level.WARNING, "secrets", "rights of " + file + " cannot be asked", ""));
      }
    }
  }
}
