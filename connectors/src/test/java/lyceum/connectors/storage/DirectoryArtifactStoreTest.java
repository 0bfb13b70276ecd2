package lyceum.connectors.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import org.junit.jupiter.api.io.TempDir;

class DirectoryArtifactStoreTest extends ArtifactStoreContract {
  @TempDir Path folder;

  @Override
  ArtifactStore store() {
    return new DirectoryArtifactStore(folder);
  }

  @Override
  void damage(ArtifactRef artifact, byte[] bytes) {
    try {
      Files.write(Path.of(artifact.uri()), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
