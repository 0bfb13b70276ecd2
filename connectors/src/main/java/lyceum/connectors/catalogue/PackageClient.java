package lyceum.connectors.catalogue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lyceum.connectors.storage.LocalDisk;
import lyceum.core.LyceumException;

/**
 * The ordinary clients of package registries, run as programs: whatever mirrors, proxies and
 * credentials they are configured with hold here too.
 */
final class PackageClient {
  private static final int SHOWN_LINES = 12;

  /** What clients print when the network failed rather than the request. */
  private static final List<String> NETWORK =
      List.of(
          "retrying (retry",
          "connection refused",
          "connection reset",
          "connection broken",
          "timed out",
          "timeout",
          "temporary failure in name resolution",
          "name or service not known",
          "network is unreachable",
          "unknown host",
          "unknownhostexception",
          "enotfound",
          "econnrefused",
          "econnreset",
          "etimedout",
          "eai_again",
          "502 ",
          "503 ",
          "504 ",
          "could not fetch url");

  /** What clients print when the registry has no such package. */
  private static final List<String> ABSENT =
      List.of(
          "no matching distribution",
          "could not find a version",
          "e404",
          "404 not found",
          "etarget",
          "could not find artifact",
          "was not found in",
          "no matching version",
          "invalid requirement",
          "einvalidpackagename",
          "invalid package name");

  private static final List<String> FULL =
      List.of("no space left on device", "enospc", "disk quota exceeded");

  private final Map<String, String> environment;
  private final Duration limit;

  /**
   * @param environment of the clients; {@code PATH}, {@code LYCEUM_MVN}, {@code LYCEUM_PYTHON} and
   *     {@code LYCEUM_NPM} say where they are
   * @param limit after which a client is ended
   */
  PackageClient(Map<String, String> environment, Duration limit) {
    this.environment = Map.copyOf(environment);
    this.limit = limit;
  }

  /** Downloads the Python package {@code NAME==VERSION} into the folder. */
  void pip(String requirement, Path folder) {
    if (!requirement.matches("[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.+!_-]*")) {
      throw LyceumException.user("pip:" + requirement + " is not pip:NAME==VERSION.");
    }
    String python = program("LYCEUM_PYTHON", "Python 3 with pip", "python3", "python");
    run(
        "pip:" + requirement,
        folder,
        List.of(
            python,
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--no-input",
            "--disable-pip-version-check",
            "--progress-bar",
            "off",
            "--dest",
            folder.toString(),
            requirement));
  }

  /** Copies the artifact {@code GROUP:ARTIFACT:VERSION[:CLASSIFIER]} of Maven into the folder. */
  void maven(String coordinates, Path folder) {
    String[] parts = coordinates.split(":", -1);
    boolean plain = coordinates.matches("[A-Za-z0-9._:-]+");
    if (!plain || parts.length < 3 || parts.length > 4 || List.of(parts).contains("")) {
      throw LyceumException.user(
          "maven:" + coordinates + " is not maven:GROUP:ARTIFACT:VERSION[:CLASSIFIER].");
    }
    String artifact =
        parts[0]
            + ":"
            + parts[1]
            + ":"
            + parts[2]
            + ":jar"
            + (parts.length == 4 ? ":" + parts[3] : "");
    String mvn = program("LYCEUM_MVN", "Maven", "mvn");
    run(
        "maven:" + coordinates,
        folder,
        List.of(
            mvn,
            "--batch-mode",
            "--no-transfer-progress",
            "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy",
            "-Dartifact=" + artifact,
            "-DoutputDirectory=" + folder,
            "-Dmdep.useBaseVersion=true"));
  }

  /** Packs the npm package {@code NAME@VERSION} into the folder. */
  void npm(String spec, Path folder) {
    if (!spec.matches("(@[a-z0-9_~][a-z0-9._~-]*/)?[a-z0-9_~][a-z0-9._~-]*@[0-9][A-Za-z0-9.+-]*")) {
      throw LyceumException.user("npm:" + spec + " is not npm:NAME@VERSION.");
    }
    String npm = program("LYCEUM_NPM", "npm", "npm");
    run(
        "npm:" + spec,
        folder,
        List.of(
            npm, "pack", spec, "--pack-destination", folder.toString(), "--no-update-notifier"));
  }

  private void run(String source, Path folder, List<String> command) {
    Path log = folder.resolveSibling(folder.getFileName() + ".log");
    try {
      int status = exitStatus(source, folder, command, log);
      if (status != 0) {
        throw failure(source, command.getFirst(), "ended with status " + status, tail(log));
      }
    } finally {
      try {
        Files.deleteIfExists(log);
      } catch (IOException e) {
        throw LocalDisk.failure("remove", log, e);
      }
    }
  }

  private int exitStatus(String source, Path folder, List<String> command, Path log) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw LyceumException.user(
          "Cannot start " + command.getFirst() + " for " + source + ": " + e.getMessage(), e);
    }
    try {
      process.getOutputStream().close();
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        end(process);
        throw LyceumException.external(
            command.getFirst()
                + " did not finish "
                + source
                + " within "
                + limit.toSeconds()
                + " s. Its last lines:\n"
                + tail(log));
      }
      return process.exitValue();
    } catch (IOException e) {
      end(process);
      throw LyceumException.internal(
          "Cannot close the input of " + command.getFirst() + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      end(process);
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted while fetching " + source + ".", e);
    }
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static LyceumException failure(String source, String program, String what, String lines) {
    String message = program + " " + what + " for " + source + ". Its last lines:\n" + lines;
    String output = lines.toLowerCase(Locale.ROOT);
    if (FULL.stream().anyMatch(output::contains)) {
      return LyceumException.resource(message);
    }
    // An unreachable registry also ends in "no matching distribution", so the network is asked
    // first.
    if (NETWORK.stream().anyMatch(output::contains)) {
      return LyceumException.external(message);
    }
    return ABSENT.stream().anyMatch(output::contains)
        ? LyceumException.user(message)
        : LyceumException.external(message);
  }

  private static String tail(Path log) {
    try (Stream<String> lines =
        new String(Files.readAllBytes(log), java.nio.charset.StandardCharsets.UTF_8).lines()) {
      List<String> all = new ArrayList<>(lines.filter(line -> !line.isBlank()).toList());
      return "  "
          + String.join("\n  ", all.subList(Math.max(0, all.size() - SHOWN_LINES), all.size()));
    } catch (IOException e) {
      return "  (its output cannot be read: " + e.getMessage() + ")";
    }
  }

  /** The program that the variable names, or else the first of the names on the path. */
  private String program(String variable, String what, String... names) {
    String given = environment.getOrDefault(variable, "");
    if (!given.isBlank()) {
      if (!Files.isExecutable(Path.of(given))) {
        throw LyceumException.user(
            variable + " names " + given + ", which is no program. Fix: the path of " + what + ".");
      }
      return given;
    }
    for (String name : names) {
      Optional<Path> found =
          Stream.of(environment.getOrDefault("PATH", "").split(java.io.File.pathSeparator))
              .filter(folder -> !folder.isEmpty())
              .map(folder -> Path.of(folder, name))
              .filter(path -> Files.isRegularFile(path) && Files.isExecutable(path))
              .findFirst();
      if (found.isPresent()) {
        return found.get().toString();
      }
    }
    throw LyceumException.user(
        "There is no "
            + names[0]
            + " on the path. Fix: install "
            + what
            + ", or set "
            + variable
            + " to its path.");
  }
}
