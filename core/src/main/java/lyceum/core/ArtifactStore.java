package lyceum.core;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where every byte is kept: artifacts by digest, which never change, and documents by name, which
 * may be replaced.
 *
 * <p>All methods throw {@link LyceumException}: EXTERNAL when the store cannot be reached, RESOURCE
 * when it is full, USER when it refuses the credentials or something asked for is not there.
 */
public interface ArtifactStore {
  /** Stores the bytes under their digest; storing the same bytes again is a no-op. */
  ArtifactRef put(byte[] bytes);

  /** Stores the file's bytes under their digest; storing the same bytes again is a no-op. */
  ArtifactRef put(Path file);

  /** Reads an artifact whole and verifies length and digest. */
  byte[] get(ArtifactRef artifact);

  /**
   * Writes the artifact to {@code file} and verifies length and digest; the file appears whole or
   * not at all.
   */
  void fetch(ArtifactRef artifact, Path file);

  /** Whether the artifact is there and its bytes match the digest. */
  boolean isIntact(ArtifactRef artifact);

  /** Replaces the named document; a reader sees the old or the new bytes, never a mixture. */
  void putDocument(String name, byte[] bytes);

  /**
   * Streams the file into the named document; for large bytes that will be removed again, such as
   * checkpoints. The reference can be fetched until the document is replaced or deleted.
   */
  ArtifactRef putDocument(String name, Path file);

  Optional<byte[]> getDocument(String name);

  /** Names of all documents that start with {@code prefix}, in ascending order. */
  List<String> listDocuments(String prefix);

  /** Removes the named document; removing one that is not there is a no-op. */
  void deleteDocument(String name);
}
