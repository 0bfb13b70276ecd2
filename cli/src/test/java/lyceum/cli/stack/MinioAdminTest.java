package lyceum.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.storage.StorageSettings;
import lyceum.core.LyceumException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real MinIO, where the path or the variable LYCEUM_MINIO names one. */
class MinioAdminTest {
  private static final String REGION = "us-east-1";

  @TempDir Path folder;
  private URI endpoint = URI.create("http://127.0.0.1");
  private Running server = new Running(0, java.time.Instant.EPOCH, "", "");
  private MinioAdmin root = new MinioAdmin(endpoint, "", "", REGION, new SecureRandom());

  @BeforeEach
  void start() throws IOException {
    String given = System.getenv().getOrDefault("LYCEUM_MINIO", "");
    String program =
        given.isEmpty() ? Programs.onPath("minio").map(Path::toString).orElse("") : given;
    assumeTrue(!program.isEmpty(), "skipped: no minio on the path and LYCEUM_MINIO is not set");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    endpoint = URI.create("http://127.0.0.1:" + port);
    Process process =
        Processes.startDetached(
            List.of(
                program,
                "server",
                folder.resolve("data").toString(),
                "--address",
                "127.0.0.1:" + port),
            Map.of(
                "MINIO_ROOT_USER",
                "root-user",
                "MINIO_ROOT_PASSWORD",
                "root-password",
                "MINIO_BROWSER",
                "off",
                "MINIO_CI_CD",
                "1"),
            folder,
            folder.resolve("log"));
    server = Running.of(process.toHandle(), "", program);
    Health health = new Health();
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> health.storage(endpoint));
    root = new MinioAdmin(endpoint, "root-user", "root-password", REGION, new SecureRandom());
  }

  @AfterEach
  void stop() {
    Processes.stop(server, Duration.ofSeconds(10));
  }

  private MinioArtifactStore store(String secret, String bucket) {
    return new MinioArtifactStore(new StorageSettings(endpoint, "lyceum", secret, bucket, REGION));
  }

  @Test
  void user_mayUseItsBuckets_andNothingElse() {
    for (int again = 0; again < 2; again++) {
      root.makeBucket("lyceum");
      root.makeBucket("private");
      root.putPolicy("lyceum", StoragePolicy.json(List.of("lyceum")));
      root.putUser("lyceum", "a-secret-of-its-own");
      root.attachPolicy("lyceum", "lyceum");
    }

    MinioArtifactStore own = store("a-secret-of-its-own", "lyceum");
    own.putDocument("a/b.txt", "text".getBytes(StandardCharsets.UTF_8));
    assertThat(own.getDocument("a/b.txt")).hasValue("text".getBytes(StandardCharsets.UTF_8));
    assertThat(own.listDocuments("a/")).containsExactly("a/b.txt");
    own.deleteDocument("a/b.txt");

    byte[] bytes = {1};
    assertThatThrownBy(() -> store("a-secret-of-its-own", "private").putDocument("x", bytes))
        .isInstanceOf(LyceumException.class);
    MinioAdmin asUser =
        new MinioAdmin(endpoint, "lyceum", "a-secret-of-its-own", REGION, new SecureRandom());
    assertThatThrownBy(() -> asUser.makeBucket("more"))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("403");
    assertThatThrownBy(() -> asUser.putUser("friend", "another-secret"))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("403");
  }

  @Test
  void putUser_again_changesTheSecret() {
    root.makeBucket("lyceum");
    root.putPolicy("lyceum", StoragePolicy.json(List.of("lyceum")));
    root.putUser("lyceum", "the-first-secret");
    root.attachPolicy("lyceum", "lyceum");
    root.putUser("lyceum", "the-second-secret");
    byte[] bytes = {1};
    store("the-second-secret", "lyceum").putDocument("x", bytes);
    assertThatThrownBy(() -> store("the-first-secret", "lyceum").putDocument("x", bytes))
        .isInstanceOf(LyceumException.class);
  }
}
