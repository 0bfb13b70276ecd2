package lyceum.serving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;

/** Documents as files, which outlive the process; artifacts are not asked for here. */
record FolderStore(Path root) implements ArtifactStore {
  @Override
  public void putDocument(String name, byte[] bytes) {
    try {
      Path file = root.resolve(name);
      Files.createDirectories(file.getParent());
      Path fresh = Files.createTempFile(root, "document", ".new");
      Files.write(fresh, bytes);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write " + name + ": " + e + ".", e);
    }
  }

  @Override
  public Optional<byte[]> getDocument(String name) {
    try {
      Path file = root.resolve(name);
      return Files.exists(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read " + name + ": " + e + ".", e);
    }
  }

  @Override
  public List<String> listDocuments(String prefix) {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .filter(name -> name.startsWith(prefix))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw LyceumException.resource("Cannot list " + root + ": " + e + ".", e);
    }
  }

  @Override
  public ArtifactRef put(byte[] bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ArtifactRef put(Path file) {
    throw new UnsupportedOperationException();
  }

  @Override
  public byte[] get(ArtifactRef artifact) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void fetch(ArtifactRef artifact, Path file) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isIntact(ArtifactRef artifact) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ArtifactRef putDocument(String name, Path file) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void deleteDocument(String name) {
    throw new UnsupportedOperationException();
  }
}
