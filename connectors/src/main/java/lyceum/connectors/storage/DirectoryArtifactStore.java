package lyceum.connectors.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;

/**
 * Artifacts at {@code artifacts/<sha256>} and documents at {@code documents/<name>} of a folder.
 */
public final class DirectoryArtifactStore implements ArtifactStore {
  private final Path artifacts;
  private final Path documents;

  /** A store in this folder, which is made with the first write. */
  public DirectoryArtifactStore(Path folder) {
    this.artifacts = folder.toAbsolutePath().normalize().resolve("artifacts");
    this.documents = folder.toAbsolutePath().normalize().resolve("documents");
  }

  @Override
  public ArtifactRef put(byte[] bytes) {
    ArtifactRef artifact = artifact(Sha256.of(bytes), bytes.length);
    Path target = path(artifact);
    if (!hasSize(target, artifact.bytes())) {
      write(target, bytes);
    }
    return artifact;
  }

  @Override
  public ArtifactRef put(Path file) {
    try {
      ArtifactRef artifact = artifact(Sha256.of(file), Files.size(file));
      Path target = path(artifact);
      if (!hasSize(target, artifact.bytes())) {
        copy(file, target, artifact);
      }
      return artifact;
    } catch (IOException e) {
      throw LocalDisk.failure("read", file, e);
    }
  }

  @Override
  public byte[] get(ArtifactRef artifact) {
    Path path = path(artifact);
    try {
      byte[] bytes = Files.readAllBytes(path);
      requireSame(artifact, bytes.length, Sha256.of(bytes));
      return bytes;
    } catch (NoSuchFileException e) {
      throw missing(path, e);
    } catch (IOException e) {
      throw LocalDisk.failure("read", path, e);
    }
  }

  @Override
  public void fetch(ArtifactRef artifact, Path file) {
    Path path = path(artifact);
    if (Files.notExists(path)) {
      throw missing(path, new NoSuchFileException(path.toString()));
    }
    copy(path, file, artifact);
  }

  @Override
  public boolean isIntact(ArtifactRef artifact) {
    Path path = path(artifact);
    try {
      return hasSize(path, artifact.bytes()) && Sha256.of(path).equals(artifact.sha256());
    } catch (IOException e) {
      throw LocalDisk.failure("read", path, e);
    }
  }

  @Override
  public void putDocument(String name, byte[] bytes) {
    write(document(name), bytes);
  }

  @Override
  public ArtifactRef putDocument(String name, Path file) {
    Path target = document(name);
    try {
      ArtifactRef document = new ArtifactRef(target.toUri(), Sha256.of(file), Files.size(file));
      copy(file, target, document);
      return document;
    } catch (IOException e) {
      throw LocalDisk.failure("read", file, e);
    }
  }

  @Override
  public Optional<byte[]> getDocument(String name) {
    Path path = document(name);
    try {
      return Files.isRegularFile(path) ? Optional.of(Files.readAllBytes(path)) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw LocalDisk.failure("read", path, e);
    }
  }

  @Override
  public List<String> listDocuments(String prefix) {
    if (Files.notExists(documents)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(documents)) {
      return paths
          .filter(Files::isRegularFile)
          .map(path -> documents.relativize(path).toString().replace('\\', '/'))
          .filter(name -> name.startsWith(prefix) && !isUnfinished(name))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw LocalDisk.failure("list", documents, e);
    }
  }

  @Override
  public void deleteDocument(String name) {
    Path path = document(name);
    try {
      if (Files.isRegularFile(path)) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw LocalDisk.failure("remove", path, e);
    }
  }

  private ArtifactRef artifact(String sha256, long bytes) {
    return new ArtifactRef(artifacts.resolve(sha256).toUri(), sha256, bytes);
  }

  /**
   * A document's reference leads to the document, every other to the digest, wherever it was first
   * stored.
   */
  private Path path(ArtifactRef artifact) {
    String prefix = documents.toUri().toString();
    String folder = prefix.endsWith("/") ? prefix : prefix + "/";
    String uri = artifact.uri().toString();
    return uri.startsWith(folder)
        ? document(uri.substring(folder.length()))
        : artifacts.resolve(artifact.sha256());
  }

  private Path document(String name) {
    return documents.resolve(DocumentNames.require(name));
  }

  /** A writer's temporary file begins with a dot, which no document may. */
  private static boolean isUnfinished(String name) {
    return name.charAt(name.lastIndexOf('/') + 1) == '.';
  }

  private static boolean hasSize(Path path, long bytes) {
    try {
      return Files.isRegularFile(path) && Files.size(path) == bytes;
    } catch (IOException e) {
      throw LocalDisk.failure("look at", path, e);
    }
  }

  private static void write(Path target, byte[] bytes) {
    try (AtomicFile fresh = AtomicFile.beside(target)) {
      Files.write(fresh.path(), bytes);
      fresh.publish();
    } catch (IOException e) {
      throw LocalDisk.failure("write", target, e);
    }
  }

  private static void copy(Path from, Path to, ArtifactRef expected) {
    try (AtomicFile fresh = AtomicFile.beside(to)) {
      Files.copy(from, fresh.path(), StandardCopyOption.REPLACE_EXISTING);
      requireSame(expected, Files.size(fresh.path()), Sha256.of(fresh.path()));
      fresh.publish();
    } catch (IOException e) {
      throw LocalDisk.failure("write", to, e);
    }
  }

  private static void requireSame(ArtifactRef artifact, long bytes, String sha256) {
    if (bytes != artifact.bytes() || !sha256.equals(artifact.sha256())) {
      throw LyceumException.user(
          artifact.uri()
              + " is damaged: "
              + artifact.bytes()
              + " bytes with sha256 "
              + artifact.sha256()
              + " are expected, "
              + bytes
              + " bytes with "
              + sha256
              + " were read. Fix: remove the file and run the stage that made it again.");
    }
  }

  private static LyceumException missing(Path path, IOException e) {
    return LyceumException.user(
        "The store has no "
            + path
            + ". It was removed, or belongs to another store. Fix: run the stage that made it again.",
        e);
  }
}
