package lyceum.connectors.server;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A real server in a process of its own on a free port of this machine; closing ends it and its
 * children.
 */
public final class RunningServer implements AutoCloseable {
  private final Process process;
  private final URI address;

  private RunningServer(Process process, URI address) {
    this.process = process;
    this.address = address;
  }

  public URI address() {
    return address;
  }

  /** The program that the variable names, or one of this name on the path. */
  public static Optional<String> program(String variable, String name) {
    String given = System.getenv(variable);
    if (given != null && !given.isBlank()) {
      return Optional.of(given);
    }
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  /** A MinIO server with its data in the folder; root user and password are {@code lyceum-root}. */
  public static RunningServer minio(String program, Path folder) throws Exception {
    int port = freePort();
    return start(
        List.of(
            program, "server", folder.resolve("data").toString(), "--address", "127.0.0.1:" + port),
        Map.of(
            "MINIO_ROOT_USER",
            "lyceum-root",
            "MINIO_ROOT_PASSWORD",
            "lyceum-root",
            "MINIO_BROWSER",
            "off"),
        port,
        "/minio/health/ready",
        folder.resolve("minio.log"));
  }

  /** An MLflow server with SQLite and artifacts in the folder. */
  public static RunningServer mlflow(String program, Path folder) throws Exception {
    int port = freePort();
    return start(
        List.of(
            program,
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            "" + port,
            "--workers",
            "1",
            "--backend-store-uri",
            "sqlite:///" + folder.resolve("mlflow.db"),
            "--serve-artifacts",
            "--artifacts-destination",
            folder.resolve("artifacts").toString()),
        Map.of(
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION",
            "false",
            "MLFLOW_DISABLE_TELEMETRY",
            "true",
            "DO_NOT_TRACK",
            "true"),
        port,
        "/health",
        folder.resolve("mlflow.log"));
  }

  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static RunningServer start(
      List<String> command, Map<String, String> environment, int port, String health, Path log)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    RunningServer server =
        new RunningServer(builder.start(), URI.create("http://127.0.0.1:" + port));
    Instant deadline = Instant.now().plus(Duration.ofSeconds(120));
    try (HttpClient http = HttpClient.newHttpClient()) {
      while (Instant.now().isBefore(deadline)) {
        if (!server.process.isAlive()) {
          throw new IllegalStateException(command.getFirst() + " ended: " + Files.readString(log));
        }
        try {
          HttpRequest ready =
              HttpRequest.newBuilder(server.address.resolve(health))
                  .timeout(Duration.ofSeconds(2))
                  .build();
          if (http.send(ready, BodyHandlers.discarding()).statusCode() == 200) {
            return server;
          }
        } catch (IOException e) {
          // Not up yet.
        }
        Thread.sleep(100);
      }
    }
    server.close();
    throw new IllegalStateException(
        command.getFirst() + " is not ready after 120 s: " + Files.readString(log));
  }

  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    children.forEach(ProcessHandle::destroy);
    try {
      if (!process.waitFor(10, java.util.concurrent.TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
