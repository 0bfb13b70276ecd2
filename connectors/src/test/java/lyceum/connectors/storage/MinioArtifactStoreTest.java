package lyceum.connectors.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import lyceum.connectors.server.RunningServer;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract against a real MinIO, and the errors that only it has. */
class MinioArtifactStoreTest extends ArtifactStoreContract {
  private static RunningServer server;
  private static StorageSettings settings;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    Optional<String> program = RunningServer.program("LYCEUM_MINIO", "minio");
    assumeTrue(program.isPresent(), "skipped: no minio on the path and LYCEUM_MINIO is not set");
    server = RunningServer.minio(program.get(), folder);
    settings =
        new StorageSettings(server.address(), "lyceum-root", "lyceum-root", "lyceum", "us-east-1");
    MinioClient client =
        MinioClient.builder()
            .endpoint(server.address().toString())
            .credentials("lyceum-root", "lyceum-root")
            .build();
    client.makeBucket(MakeBucketArgs.builder().bucket("lyceum").build());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Override
  ArtifactStore store() {
    return new MinioArtifactStore(settings);
  }

  @Override
  void damage(ArtifactRef artifact, byte[] bytes) {
    new S3Bucket(settings).put("artifacts/" + artifact.sha256(), bytes, artifact.sha256());
  }

  private static void assertUser(Throwable e) {
    assertThat(e)
        .isInstanceOfSatisfying(
            LyceumException.class, x -> assertThat(x.category()).isEqualTo(ErrorCategory.USER));
  }

  @Test
  void wrongSecretOrUnknownKey_isAUserErrorWithTheFix() {
    StorageSettings wrongSecret =
        new StorageSettings(
            server.address(), "lyceum-root", "not-the-secret", "lyceum", "us-east-1");
    StorageSettings unknownKey =
        new StorageSettings(server.address(), "nobody", "whatever1", "lyceum", "us-east-1");
    for (StorageSettings wrong : new StorageSettings[] {wrongSecret, unknownKey}) {
      ArtifactStore store = new MinioArtifactStore(wrong);
      assertThatThrownBy(() -> store.put(new byte[] {1}))
          .satisfies(MinioArtifactStoreTest::assertUser)
          .hasMessageContaining("wrong credentials")
          .hasMessageContaining("Fix:")
          .hasMessageNotContainingAny("not-the-secret", "whatever1");
      assertThatThrownBy(() -> store.listDocuments(""))
          .satisfies(MinioArtifactStoreTest::assertUser);
      assertThatThrownBy(() -> store.getDocument("a"))
          .satisfies(MinioArtifactStoreTest::assertUser);
    }
  }

  @Test
  void missingBucket_isAUserErrorThatNamesIt() {
    ArtifactStore store =
        new MinioArtifactStore(
            new StorageSettings(
                server.address(), "lyceum-root", "lyceum-root", "no-such-bucket", "us-east-1"));
    assertThatThrownBy(() -> store.put(new byte[] {1}))
        .satisfies(MinioArtifactStoreTest::assertUser)
        .hasMessageContaining("there is no bucket 'no-such-bucket'");
    assertThatThrownBy(() -> store.getDocument("a")).hasMessageContaining("there is no bucket");
  }

  @Test
  void put_objectOfOtherLengthUnderTheDigest_isMended() {
    byte[] bytes = {1, 2, 3, 4};
    ArtifactRef artifact = store().put(bytes);
    damage(artifact, new byte[] {9});
    assertThat(store().put(bytes)).isEqualTo(artifact);
    assertThat(store().isIntact(artifact)).isTrue();
  }

  @Test
  void download_goesOnAfterWhatIsThere(@TempDir Path folder) throws Exception {
    byte[] bytes = new byte[3 << 20];
    new java.util.Random(5).nextBytes(bytes);
    S3Bucket bucket = new S3Bucket(settings, 0, Duration.ofMillis(1));
    bucket.put("parts/object", bytes, Sha256.of(bytes));
    Path part = folder.resolve("part");
    java.nio.file.Files.write(part, java.util.Arrays.copyOf(bytes, 1_000_000));
    assertThat(bucket.download("parts/object", part)).isTrue();
    assertThat(Sha256.of(part)).isEqualTo(Sha256.of(bytes));
    assertThat(bucket.download("parts/none", folder.resolve("none"))).isFalse();
  }
}
