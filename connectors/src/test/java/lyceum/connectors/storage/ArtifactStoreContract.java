package lyceum.connectors.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every artifact store must do. */
abstract class ArtifactStoreContract {
  @TempDir Path work;

  /** An empty store, or one whose documents the test can tell apart by {@link #prefix}. */
  abstract ArtifactStore store();

  /** Overwrites the stored bytes behind the store's back. */
  abstract void damage(ArtifactRef artifact, byte[] bytes);

  private final String prefix = "test-" + UUID.randomUUID() + "/";

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Path file(int size, long seed) throws Exception {
    Path file = work.resolve("file-" + seed);
    byte[] chunk = new byte[1 << 20];
    Random random = new Random(seed);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int left = size; left > 0; left -= chunk.length) {
        random.nextBytes(chunk);
        out.write(chunk, 0, Math.min(left, chunk.length));
      }
    }
    return file;
  }

  private static void assertCategory(Throwable e, ErrorCategory category) {
    assertThat(e)
        .isInstanceOfSatisfying(
            LyceumException.class, x -> assertThat(x.category()).isEqualTo(category));
  }

  @Test
  void put_sameBytesTwiceAsBytesAndAsFile_givesOneReference() throws Exception {
    byte[] bytes = bytes("twice " + prefix);
    Path file = Files.write(work.resolve("same"), bytes);
    ArtifactRef first = store().put(bytes);
    assertThat(store().put(bytes)).isEqualTo(first);
    assertThat(store().put(file)).isEqualTo(first);
    assertThat(first.sha256()).isEqualTo(Sha256.of(bytes));
    assertThat(first.bytes()).isEqualTo(bytes.length);
    assertThat(first.uri().toString()).endsWith("artifacts/" + first.sha256());
    assertThat(store().get(first)).isEqualTo(bytes);
    assertThat(store().isIntact(first)).isTrue();
  }

  @Test
  void put_emptyBytes_comeBackEmpty() throws Exception {
    ArtifactRef empty = store().put(new byte[0]);
    assertThat(store().get(empty)).isEmpty();
    store().fetch(empty, work.resolve("empty"));
    assertThat(work.resolve("empty")).isEmptyFile();
    assertThat(store().put(Files.createFile(work.resolve("empty-too")))).isEqualTo(empty);
  }

  @Test
  void fetch_largeFile_isEqualAndLeavesNothingBeside() throws Exception {
    Path file = file(24 << 20, 1);
    ArtifactRef artifact = store().put(file);
    Path copy = work.resolve("new/folder/copy");
    store().fetch(artifact, copy);
    assertThat(Files.mismatch(file, copy)).isEqualTo(-1);
    store().fetch(artifact, copy);
    try (Stream<Path> beside = Files.list(copy.getParent())) {
      assertThat(beside).containsExactly(copy);
    }
  }

  @Test
  void damagedArtifact_isNotIntactAndIsNeverHandedOut() throws Exception {
    ArtifactRef artifact = store().put(bytes("whole " + prefix));
    damage(artifact, bytes("w0ole " + prefix));
    assertThat(store().isIntact(artifact)).isFalse();
    Path copy = Files.writeString(work.resolve("copy"), "before");
    assertThatThrownBy(() -> store().get(artifact))
        .hasMessageContaining("is damaged")
        .hasMessageContaining(artifact.sha256());
    assertThatThrownBy(() -> store().fetch(artifact, copy)).hasMessageContaining("is damaged");
    assertThat(copy).hasContent("before");
    damage(artifact, bytes("short"));
    assertThat(store().isIntact(artifact)).isFalse();
  }

  @Test
  void missingArtifact_isAUserErrorThatNamesIt() {
    String digest = Sha256.of("never stored " + prefix);
    ArtifactRef missing =
        new ArtifactRef(URI.create("s3://elsewhere/artifacts/" + digest), digest, 5);
    assertThat(store().isIntact(missing)).isFalse();
    assertThatThrownBy(() -> store().get(missing))
        .satisfies(e -> assertCategory(e, ErrorCategory.USER))
        .hasMessageContaining(digest)
        .hasMessageContaining("Fix:");
    Path copy = work.resolve("missing");
    assertThatThrownBy(() -> store().fetch(missing, copy))
        .satisfies(e -> assertCategory(e, ErrorCategory.USER));
    assertThat(work).isEmptyDirectory();
  }

  @Test
  void put_missingFile_isAUserError() {
    assertThatThrownBy(() -> store().put(work.resolve("no-such-file")))
        .satisfies(e -> assertCategory(e, ErrorCategory.USER))
        .hasMessageContaining("no-such-file");
  }

  @Test
  void documents_replaceListAndDelete() {
    ArtifactStore store = store();
    store.putDocument(prefix + "runs/b.json", bytes("1"));
    store.putDocument(prefix + "runs/a.json", bytes("2"));
    store.putDocument(prefix + "stages/c.json", bytes("3"));
    store.putDocument(prefix + "runs/b.json", bytes("4"));
    assertThat(store.getDocument(prefix + "runs/b.json")).hasValue(bytes("4"));
    assertThat(store.listDocuments(prefix + "runs/"))
        .containsExactly(prefix + "runs/a.json", prefix + "runs/b.json");
    assertThat(store.listDocuments(prefix + "r")).hasSize(2);
    assertThat(store.listDocuments(prefix)).hasSize(3);
    store.deleteDocument(prefix + "runs/a.json");
    store.deleteDocument(prefix + "runs/a.json");
    assertThat(store.getDocument(prefix + "runs/a.json")).isEmpty();
    assertThat(store.listDocuments(prefix + "none/")).isEmpty();
  }

  @Test
  void putDocument_ofAFile_canBeFetchedUntilItIsDeleted() throws Exception {
    Path file = file(9 << 20, 2);
    String name = prefix + "checkpoints/step-10.safetensors";
    ArtifactRef document = store().putDocument(name, file);
    assertThat(document.sha256()).isEqualTo(Sha256.of(file));
    Path copy = work.resolve("checkpoint");
    store().fetch(document, copy);
    assertThat(Files.mismatch(file, copy)).isEqualTo(-1);
    assertThat(store().isIntact(document)).isTrue();
    store().deleteDocument(name);
    assertThat(store().isIntact(document)).isFalse();
    assertThatThrownBy(() -> store().fetch(document, copy))
        .satisfies(e -> assertCategory(e, ErrorCategory.USER));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/a", "a/", "a//b", "../a", "a/../b", "a/.hidden", "a b", "a\nb", "\u00e4"})
  void documentName_thatNoStoreCouldHold_isRefused(String name) {
    assertThatThrownBy(() -> store().putDocument(name, new byte[1]))
        .satisfies(e -> assertCategory(e, ErrorCategory.USER))
        .hasMessageContaining("cannot name a document");
  }

  @Test
  void putDocument_fromManyThreads_leavesOneWholeVersion() throws Exception {
    String name = prefix + "contended";
    List<byte[]> versions =
        IntStream.range(0, 8).mapToObj(i -> bytes(("" + i).repeat(100_000))).toList();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> writers =
          versions.stream()
              .map(
                  version ->
                      (Callable<Void>)
                          () -> {
                            store().putDocument(name, version);
                            return null;
                          })
              .toList();
      for (var done : threads.invokeAll(writers)) {
        done.get();
      }
    }
    assertThat(versions)
        .anySatisfy(version -> assertThat(store().getDocument(name)).hasValue(version));
    assertThat(store().listDocuments(prefix)).containsExactly(name);
  }
}
