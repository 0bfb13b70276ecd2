package lyceum.activities;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.ModelDirectory;

/**
 * Artifacts on this machine's disk: fetched once, named by digest, and scratch folders that are
 * removed after use. Losing the folder loses time, never data.
 */
public final class LocalFiles {
  private final ArtifactStore store;
  private final Path artifacts;
  private final Path scratch;

  public LocalFiles(ArtifactStore store, Path folder) {
    this.store = store;
    this.artifacts = folder.resolve("artifacts");
    this.scratch = folder.resolve("scratch");
    try {
      Files.createDirectories(artifacts);
      Files.createDirectories(scratch);
    } catch (IOException e) {
      throw LyceumException.user(
          "The work folder '"
              + folder
              + "' cannot be written: "
              + e.getMessage()
              + ". Set LYCEUM_HOME to one that can.",
          e);
    }
  }

  public ArtifactStore store() {
    return store;
  }

  /** The artifact as a local file, whole and verified. */
  public Path fetch(ArtifactRef ref) {
    Path file = artifacts.resolve(ref.sha256());
    if (!isComplete(file, ref)) {
      store.fetch(ref, file);
    }
    return file;
  }

  /** The model's files in one folder under their Hugging Face names. */
  public Path fetch(ModelArtifact model) {
    Path folder = artifacts.resolve("model-" + model.digest());
    try {
      Files.createDirectories(folder);
      for (Map.Entry<String, ArtifactRef> file : model.files().entrySet()) {
        Path target = folder.resolve(file.getKey());
        if (!isComplete(target, file.getValue())) {
          store.fetch(file.getValue(), target);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }

  public LanguageModel load(ModelArtifact model) {
    return ModelDirectory.read(fetch(model));
  }

  public TokenShard openTokens(ArtifactRef shard) {
    return TokenShard.open(fetch(shard));
  }

  public BpeTokenizer loadTokenizer(ArtifactRef tokenizerJson) {
    try {
      return BpeTokenizer.fromJson(Files.readString(fetch(tokenizerJson)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Work with a folder of one's own; it is gone afterwards, whatever happened. */
  public <T> T inScratch(ScratchWork<T> work) {
    Path folder = null;
    try {
      folder = Files.createTempDirectory(scratch, "work-");
      return work.run(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (folder != null) {
        deleteTree(folder);
      }
    }
  }

  /** Work that needs a folder. */
  @FunctionalInterface
  public interface ScratchWork<T> {
    T run(Path folder) throws IOException;
  }

  private static boolean isComplete(Path file, ArtifactRef ref) {
    try {
      // Files appear here whole or not at all, after verification; the length guards against a disk
      // that lost a tail.
      return Files.isRegularFile(file) && Files.size(file) == ref.bytes();
    } catch (IOException e) {
      return false;
    }
  }

  private static void deleteTree(Path folder) {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                Path directory, @org.jspecify.annotations.Nullable IOException failure)
                throws IOException {
              Files.delete(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      org.slf4j.LoggerFactory.getLogger(LocalFiles.class)
          .warn("The scratch folder {} stays behind", folder, e);
    }
  }
}
