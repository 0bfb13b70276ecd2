package lyceum.connectors.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that appears under its name whole or not at all: written beside it, forced to disk,
 * renamed.
 */
final class AtomicFile implements AutoCloseable {
  private final Path file;
  private final Path fresh;

  private AtomicFile(Path file, Path fresh) {
    this.file = file;
    this.fresh = fresh;
  }

  /** An empty file in the folder of {@code file}, which is made when it is not there. */
  static AtomicFile beside(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null) {
      throw new IOException(file + " is a root, not a file");
    }
    Files.createDirectories(folder);
    return new AtomicFile(target, Files.createTempFile(folder, ".", ".new"));
  }

  Path path() {
    return fresh;
  }

  void publish() throws IOException {
    try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(fresh);
  }
}
