package lyceum.cli.stack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which one installation keeps its tools, its servers' data, logs and pid files.
 *
 * @param root {@code LYCEUM_HOME}, or {@code ~/.lyceum}
 */
public record StateFolder(Path root) {
  public Path tools() {
    return root.resolve("tools");
  }

  /** Data of one server; survives {@code down}. */
  public Path data(Server server) {
    return root.resolve("data").resolve(server.noun());
  }

  public Path log(String name) {
    return root.resolve("logs").resolve(name + ".log");
  }

  public Path log(Server server) {
    return log(server.noun());
  }

  public Path pidFile(Server server) {
    return root.resolve("run").resolve(server.noun() + ".pid");
  }

  /** What this installation chose for itself: ports, and which addresses are its own. */
  public Path stackFile() {
    return root.resolve("stack.properties");
  }

  /** Keys of MinIO's administrator; only the bootstrap uses them. */
  public Path storageRootFile() {
    return root.resolve("storage-root.properties");
  }

  /** The private key that signs this installation's models; its public half lies beside it. */
  public Path signingKeyFile() {
    return root.resolve("signing.pem");
  }

  /** Makes the folder and those in it that are always there. */
  public void make() {
    try {
      for (Path folder :
          new Path[] {
            root, tools(), root.resolve("logs"), root.resolve("run"), root.resolve("data")
          }) {
        Files.createDirectories(folder);
      }
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot make the state folder "
              + root
              + ": "
              + e
              + ". Set LYCEUM_HOME to a folder that can be written.",
          e);
    }
  }

  /** Properties of a file, empty when there is none. */
  public static Properties read(Path file) {
    Properties properties = new Properties();
    if (Files.exists(file)) {
      try (var reader = Files.newBufferedReader(file)) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw LyceumException.user("Cannot read " + file + ": " + e.getMessage(), e);
      }
    }
    return properties;
  }

  /** Writes the file whole or not at all, readable by its owner alone. */
  public static void write(Path file, Properties properties) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Path fresh = Files.createTempFile(file.toAbsolutePath().getParent(), ".properties", ".new");
      if (Files.getFileStore(fresh).supportsFileAttributeView("posix")) {
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
      }
      StringBuilder text = new StringBuilder();
      properties.stringPropertyNames().stream()
          .sorted()
          .forEach(
              key ->
                  text.append(key)
                      .append('=')
                      .append(properties.getProperty(key).replace("\\", "\\\\"))
                      .append('\n'));
      Files.writeString(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot write " + file + ": " + e + ". Check the folder's owner and free space.", e);
    }
  }

  /**
   * Held while servers are started or stopped, so that two calls do not start the same server
   * twice.
   */
  public final class Hold implements AutoCloseable {
    private final FileChannel channel;

    private Hold(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw LyceumException.resource(
            "Cannot release the lock in " + root + ": " + e.getMessage(), e);
      }
    }
  }

  /**
   * Takes the folder for this process.
   *
   * @throws RequestFailure CONFLICT when another process holds it
   */
  public Hold hold() {
    make();
    Path file = root.resolve("run").resolve("lock");
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      @Nullable FileLock lock = null;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        channel.close();
        throw busy(e);
      }
      if (lock == null) {
        channel.close();
        throw busy(null);
      }
      return new Hold(channel);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot lock " + file + ": " + e.getMessage(), e);
    }
  }

  private RequestFailure busy(@Nullable Throwable cause) {
    return new RequestFailure(
        Outcome.CONFLICT,
        "Another lyceum command starts or stops the servers of "
            + root
            + " just now. Wait until it is done and try again.",
        cause);
  }
}
