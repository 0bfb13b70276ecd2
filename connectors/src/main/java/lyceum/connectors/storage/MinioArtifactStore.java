package lyceum.connectors.storage;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;

/**
 * Artifacts at {@code artifacts/<sha256>} and documents at {@code documents/<name>} of an S3
 * bucket.
 */
public final class MinioArtifactStore implements ArtifactStore {
  private static final String ARTIFACTS = "artifacts/";
  private static final String DOCUMENTS = "documents/";

  private final S3Bucket bucket;

  /**
   * A store in the settings' bucket, which must be there; nothing is sent before the first call.
   */
  public MinioArtifactStore(StorageSettings settings) {
    this(new S3Bucket(settings));
  }

  MinioArtifactStore(S3Bucket bucket) {
    this.bucket = bucket;
  }

  /** The artifact with this digest; empty when there is none. */
  public Optional<byte[]> find(String sha256) {
    return bucket.get(ARTIFACTS + sha256).filter(bytes -> Sha256.of(bytes).equals(sha256));
  }

  /** The first bytes of an artifact, at most so many, which are not verified. */
  public byte[] head(ArtifactRef artifact, int most) {
    return bucket.head(key(artifact), most).orElseThrow(() -> missing(artifact));
  }

  /** An address from which the artifact can be fetched without keys, as long as this. */
  public URI link(ArtifactRef artifact, Duration life) {
    return bucket.link(key(artifact), life);
  }

  @Override
  public ArtifactRef put(byte[] bytes) {
    ArtifactRef artifact = artifact(Sha256.of(bytes), bytes.length);
    if (!isThere(artifact)) {
      bucket.put(key(artifact), bytes, artifact.sha256());
    }
    return artifact;
  }

  @Override
  public ArtifactRef put(Path file) {
    ArtifactRef artifact;
    try {
      artifact = artifact(Sha256.of(file), Files.size(file));
    } catch (IOException e) {
      throw LocalDisk.failure("read", file, e);
    }
    if (!isThere(artifact)) {
      bucket.upload(key(artifact), file, artifact.sha256());
      requireUploaded(artifact, file);
    }
    return artifact;
  }

  @Override
  public byte[] get(ArtifactRef artifact) {
    byte[] bytes = bucket.get(key(artifact)).orElseThrow(() -> missing(artifact));
    requireSame(artifact, bytes.length, Sha256.of(bytes));
    return bytes;
  }

  @Override
  public void fetch(ArtifactRef artifact, Path file) {
    try (AtomicFile fresh = AtomicFile.beside(file)) {
      if (!bucket.download(key(artifact), fresh.path())) {
        throw missing(artifact);
      }
      requireSame(artifact, Files.size(fresh.path()), Sha256.of(fresh.path()));
      fresh.publish();
    } catch (IOException e) {
      throw LocalDisk.failure("write", file, e);
    }
  }

  @Override
  public boolean isIntact(ArtifactRef artifact) {
    return bucket
        .stat(key(artifact))
        .filter(stat -> stat.bytes() == artifact.bytes())
        .flatMap(stat -> bucket.digest(key(artifact)))
        .filter(artifact.sha256()::equals)
        .isPresent();
  }

  @Override
  public void putDocument(String name, byte[] bytes) {
    bucket.put(documentKey(name), bytes, Sha256.of(bytes));
  }

  @Override
  public ArtifactRef putDocument(String name, Path file) {
    String key = documentKey(name);
    ArtifactRef document;
    try {
      document =
          new ArtifactRef(URI.create(bucket.address(key)), Sha256.of(file), Files.size(file));
    } catch (IOException e) {
      throw LocalDisk.failure("read", file, e);
    }
    bucket.upload(key, file, document.sha256());
    requireUploaded(document, file);
    return document;
  }

  @Override
  public Optional<byte[]> getDocument(String name) {
    return bucket.get(documentKey(name));
  }

  @Override
  public List<String> listDocuments(String prefix) {
    return bucket.list(DOCUMENTS + prefix).stream()
        .map(key -> key.substring(DOCUMENTS.length()))
        .toList();
  }

  @Override
  public void deleteDocument(String name) {
    bucket.delete(documentKey(name));
  }

  private ArtifactRef artifact(String sha256, long bytes) {
    return new ArtifactRef(URI.create(bucket.address(ARTIFACTS + sha256)), sha256, bytes);
  }

  /**
   * A document's reference leads to the document, every other to the digest, wherever it was first
   * stored.
   */
  private String key(ArtifactRef artifact) {
    String documents = bucket.address(DOCUMENTS);
    String uri = artifact.uri().toString();
    return uri.startsWith(documents)
        ? documentKey(uri.substring(documents.length()))
        : ARTIFACTS + artifact.sha256();
  }

  private static String documentKey(String name) {
    return DOCUMENTS + DocumentNames.require(name);
  }

  private boolean isThere(ArtifactRef artifact) {
    return bucket
        .stat(key(artifact))
        .filter(stat -> stat.bytes() == artifact.bytes() && stat.sha256().equals(artifact.sha256()))
        .isPresent();
  }

  /** A file that grew or shrank between digest and upload would be stored under the wrong name. */
  private void requireUploaded(ArtifactRef artifact, Path file) {
    if (!isThere(artifact)) {
      bucket.delete(key(artifact));
      throw LyceumException.internal(
          file + " changed while it was stored as " + artifact.uri() + ". Nothing was kept.");
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
              + " were stored, "
              + bytes
              + " bytes with "
              + sha256
              + " were read. Fix: remove the object and run the stage that made it again.");
    }
  }

  private LyceumException missing(ArtifactRef artifact) {
    return LyceumException.user(
        "The store has no "
            + bucket.address(key(artifact))
            + ". It was removed, or belongs to another store. Fix: run the stage that made it again.");
  }
}
