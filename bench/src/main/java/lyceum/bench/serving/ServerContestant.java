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
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import lyceum.bench.comparison.Commands;
import lyceum.bench.comparison.Contestant;
import lyceum.core.LyceumException;
import lyceum.model.inference.WeightPrecision;

/** A server in a process of its own, asked over HTTP. */
final class ServerContestant implements Contestant {
  private static final Duration START = Duration.ofMinutes(2);

  private final String name;
  private final Process process;
  private final Path log;
  private final URI address;
  private final Load load;
  private final Bandwidth limit;
  private long round;

  private ServerContestant(
      String name, List<String> command, int port, Load load, Bandwidth limit, int cores) {
    this.name = name;
    this.load = load;
    this.limit = limit;
    this.address = URI.create("http://127.0.0.1:" + port);
    try {
      this.log = Files.createTempFile("lyceum-bench-serve", ".log");
      this.process =
          new ProcessBuilder(Commands.onCores(cores, command))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw LyceumException.external("Cannot start " + name + ": " + e + ".", e);
    }
    try {
      awaitHealth();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  static ServerContestant ours(
      RandomModel model, WeightPrecision precision, Load load, Bandwidth limit, int cores) {
    int port = freePort();
    List<String> command =
        new java.util.ArrayList<>(
            Commands.ours(
                lyceum.serving.Main.class,
                List.of("--add-modules=jdk.incubator.vector", "-Xmx3g")));
    command.addAll(
        List.of(
            "--directory",
            model.folder().toString(),
            "--name",
            "bench",
            "--precision",
            precision.name(),
            "--port",
            Integer.toString(port)));
    return new ServerContestant("Lyceum", command, port, load, limit, cores);
  }

  static ServerContestant llama(
      Path program,
      Path gguf,
      RandomModel model,
      WeightPrecision precision,
      Load load,
      Bandwidth limit,
      int cores) {
    int port = freePort();
    int context = model.config().contextLength() * load.streams();
    List<String> command =
        List.of(
            program.toString(),
            "--model",
            gguf.toString(),
            "--alias",
            "bench",
            "--host",
            "127.0.0.1",
            "--port",
            Integer.toString(port),
            "--threads",
            Integer.toString(cores),
            "--parallel",
            Integer.toString(load.streams()),
            "--ctx-size",
            Integer.toString(context));
    return new ServerContestant("llama.cpp", command, port, load, limit, cores);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw LyceumException.resource("No port is free: " + e + ".", e);
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

  @Override
  public String name() {
    return name;
  }

  @Override
  public Map<String, Double> round() {
    Load.Outcome outcome = load.run(address, ++round);
    if (load.streams() > 1) {
      return Map.of(
          ServeBench.RATE.name(),
          outcome.tokensPerSecond(),
          ServeBench.FIRST_MEDIAN.name(),
          outcome.first(0.5),
          ServeBench.FIRST_LATE.name(),
          outcome.first(0.99));
    }
    return Map.of(
        ServeBench.RATE.name(),
        outcome.tokensPerSecond(),
        ServeBench.FIRST_MEDIAN.name(),
        outcome.first(0.5),
        ServeBench.FIRST_LATE.name(),
        outcome.first(0.99),
        ServeBench.SHARE.name(),
        100 * outcome.tokensPerSecond() / limit.tokensPerSecond());
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
