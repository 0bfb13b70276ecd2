package lyceum.verification;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A real server in a process of its own; closing ends it and its children. */
final class ServerProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Process process;

  private ServerProcess(Process process) {
    this.process = process;
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError("No port is free", e);
    }
  }

  /** A free port that fits into 15 bits, which is what Temporal keeps of a port in Postgres. */
  static int freeSmallPort() {
    for (int attempt = 0; attempt < 100; attempt++) {
      try (ServerSocket socket =
          new ServerSocket(ThreadLocalRandom.current().nextInt(20_000, 1 << 15))) {
        return socket.getLocalPort();
      } catch (IOException taken) {
        continue;
      }
    }
    throw new AssertionError("No port between 20000 and 32767 is free");
  }

  static boolean listens(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Starts it in the folder, with its output in NAME.log there, and waits until it is well.
   *
   * @throws AssertionError with its log when it ends, or is not well within three minutes
   */
  static ServerProcess start(
      String name,
      Path folder,
      Map<String, String> environment,
      BooleanSupplier isWell,
      List<String> command) {
    Path log = folder.resolve(name + ".log");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().putAll(environment);
      ServerProcess server = new ServerProcess(builder.start());
      Instant end = Instant.now().plus(PATIENCE);
      while (!isWell.getAsBoolean()) {
        if (!server.process.isAlive() || Instant.now().isAfter(end)) {
          server.close();
          throw new AssertionError(name + " did not start:\n" + Files.readString(log));
        }
        Thread.sleep(100);
      }
      return server;
    } catch (IOException e) {
      throw new AssertionError("Cannot start " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while " + name + " started", e);
    }
  }

  /** Ends it as a power cut would. */
  void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    awaitEnd();
  }

  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    children.forEach(ProcessHandle::destroy);
    awaitEnd();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
