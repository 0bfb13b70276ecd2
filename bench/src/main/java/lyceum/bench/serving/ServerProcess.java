package lyceum.bench.serving;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import lyceum.bench.comparison.Commands;
import lyceum.core.LyceumException;

/** An inference server in a process of its own, ours or a peer's, that answers on loopback. */
final class ServerProcess implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);
  private static final Duration STOP = Duration.ofMinutes(2);

  private final String name;
  private final Process process;
  private final Path log;
  private final URI address;

  private ServerProcess(String name, Process process, Path log, URI address) {
    this.name = name;
    this.process = process;
    this.log = log;
    this.address = address;
  }

  /** The command line of our server on this process's class path. */
  static List<String> ours(String heap, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            Commands.ours(
                lyceum.serving.Main.class, List.of("--add-modules=jdk.incubator.vector", heap)));
    command.addAll(arguments);
    return command;
  }

  /**
   * Starts it and waits until it is healthy.
   *
   * @throws LyceumException EXTERNAL with the end of its log when it does not come up
   */
  static ServerProcess start(
      String name, List<String> command, Map<String, String> environment, int port) {
    try {
      Path log = Files.createTempFile("lyceum-bench-serve", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
      builder.environment().putAll(environment);
      ServerProcess server =
          new ServerProcess(name, builder.start(), log, URI.create("http://127.0.0.1:" + port));
      try {
        server.awaitHealth();
      } catch (RuntimeException e) {
        server.close();
        throw e;
      }
      return server;
    } catch (IOException e) {
      throw LyceumException.external("Cannot start " + name + ": " + e + ".", e);
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw LyceumException.resource("No port is free: " + e + ".", e);
    }
  }

  URI address() {
    return address;
  }

  /** Bytes of memory that the process has (Linux). */
  long residentBytes() {
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
        if (line.startsWith("VmRSS:")) {
          return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
      throw LyceumException.internal("No VmRSS of " + name + ".");
    } catch (IOException e) {
      throw LyceumException.external(name + " is not running: " + e + ".", e);
    }
  }

  private void awaitHealth() {
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    Instant end = Instant.now().plus(START);
    try (http) {
      while (Instant.now().isBefore(end) && process.isAlive()) {
        try {
          HttpResponse<String> response =
              http.send(
                  HttpRequest.newBuilder(address.resolve("/health")).build(),
                  HttpResponse.BodyHandlers.ofString());
          if (response.statusCode() == 200) {
            return;
          }
        } catch (IOException notYet) {
          // It is not listening yet.
          Thread.sleep(100);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw LyceumException.external(name + " did not come up. Its log:\n" + tail());
  }

  private String tail() {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e + ")";
    }
  }

  /** Sends SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** Sends SIGKILL, as a power cut would. */
  void kill() {
    process.destroyForcibly();
  }

  /** Waits for its end and returns the exit code. */
  int awaitEnd() {
    try {
      if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        throw LyceumException.external(name + " does not stop. Its log:\n" + tail());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Waiting for " + name + " was interrupted.", e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      Files.deleteIfExists(log);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw LyceumException.resource("Cannot delete " + log + ": " + e + ".", e);
    }
  }
}
