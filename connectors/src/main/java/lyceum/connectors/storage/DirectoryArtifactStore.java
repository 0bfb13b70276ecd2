package lyceum.connectors.storage;

import java.nio.file.Path;
import java.util.*;
import lyceum.core.*;

/** Artifacts and documents in a folder. */
public final class DirectoryArtifactStore implements ArtifactStore {
  public DirectoryArtifactStore(Path folder) {}

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
  public void putDocument(String name, byte[] bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ArtifactRef putDocument(String name, Path file) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<byte[]> getDocument(String name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<String> listDocuments(String prefix) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void deleteDocument(String name) {
    throw new UnsupportedOperationException();
  }
}
