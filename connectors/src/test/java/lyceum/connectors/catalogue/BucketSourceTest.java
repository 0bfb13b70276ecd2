package lyceum.connectors.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import lyceum.connectors.server.RunningServer;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.S3Bucket;
import lyceum.connectors.storage.StorageSettings;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.recipe.SourceSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BucketSourceTest {
  @TempDir Path work;

  @Test
  void objectOfARealBucket_isFetchedByTheSettingsOfTheInstallation() throws Exception {
    Optional<String> program = RunningServer.program("LYCEUM_MINIO", "minio");
    assumeTrue(program.isPresent(), "skipped: no minio on the path and LYCEUM_MINIO is not set");
    try (RunningServer server = RunningServer.minio(program.get(), work)) {
      MinioClient client =
          MinioClient.builder()
              .endpoint(server.address().toString())
              .credentials("lyceum-root", "lyceum-root")
              .build();
      client.makeBucket(MakeBucketArgs.builder().bucket("corpora").build());
      Path text = Files.writeString(work.resolve("poems.txt"), "Tyger Tyger, burning bright");
      String sha256 = Sha256.of(text);
      new S3Bucket(
              new StorageSettings(
                  server.address(), "lyceum-root", "lyceum-root", "corpora", "us-east-1"))
          .upload("english/poems.txt", text, sha256);
      Settings settings =
          Settings.load(
              Map.of(
                  "LYCEUM_HOME",
                  work.resolve("home").toString(),
                  "LYCEUM_STORAGE_ENDPOINT",
                  server.address().toString(),
                  "LYCEUM_STORAGE_ACCESS_KEY",
                  "lyceum-root",
                  "LYCEUM_STORAGE_SECRET_KEY",
                  "lyceum-root"));
      SourceCatalogue catalogue = new SourceCatalogue(settings);
      Path fetched = catalogue.fetch(source("s3://corpora/english/poems.txt", sha256));
      assertThat(fetched).hasSameBinaryContentAs(text).hasParent(work.resolve("home/catalogue"));
      assertThatThrownBy(() -> catalogue.fetch(source("s3://corpora/none", Sha256.of("none"))))
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining("there is no object s3://corpora/none");
    }
  }

  private static SourceSettings source(String uri, String sha256) {
    return new SourceSettings(
        "poems", URI.create(uri), sha256, "**", SourceSettings.Format.TEXT, "", "CC0-1.0", 1);
  }
}
