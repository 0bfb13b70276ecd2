package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.minio.BucketExistsArgs;
import io.minio.GetBucketEncryptionArgs;
import io.minio.GetBucketVersioningArgs;
import io.minio.GetObjectArgs;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveBucketArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.SetBucketVersioningArgs;
import io.minio.StatObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.messages.Item;
import io.minio.messages.VersioningConfiguration;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.SearchKeys;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Terraform's local environment on a real MinIO and a real Temporal, from the first {@code apply}
 * to {@code destroy}. The tests build on each other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TerraformIT {
  private static final String LOCAL = "environments/local";
  private static final String ROOT = "lyceum-root";
  private static final String STATE = "terraform-state";

  private ServerProcess minio;
  private ServerProcess temporal;
  private Terraform terraform;
  private MinioClient root;
  private String endpoint = "";
  private String temporalProgram = "";
  private String temporalAddress = "";

  @BeforeAll
  void startServers(@TempDir Path folder) throws Exception {
    List<Path> built =
        BuiltTools.require(List.of("terraform-provider-minio", "terraform-provider-temporal"));
    Path mirror = Terraform.mirrorOf(built.getFirst());
    terraform = new Terraform(folder, List.of(mirror));
    String minioProgram = BuiltTools.program("LYCEUM_MINIO", "minio");
    temporalProgram = BuiltTools.program("LYCEUM_TEMPORAL", "temporal");

    int storagePort = ServerProcess.freePort();
    endpoint = "http://127.0.0.1:" + storagePort;
    minio =
        ServerProcess.start(
            "minio",
            folder,
            Map.of(
                "MINIO_ROOT_USER",
                ROOT,
                "MINIO_ROOT_PASSWORD",
                ROOT,
                "MINIO_BROWSER",
                "off",
                "MINIO_CI_CD",
                "1",
                "MINIO_KMS_SECRET_KEY",
                "lyceum:" + Base64.getEncoder().encodeToString(new byte[32])),
            () -> ServerProcess.listens(storagePort),
            List.of(
                minioProgram,
                "server",
                folder.resolve("minio").toString(),
                "--address",
                "127.0.0.1:" + storagePort));
    int port = ServerProcess.freePort();
    temporalAddress = "127.0.0.1:" + port;
    temporal =
        ServerProcess.start(
            "temporal",
            folder,
            Map.of("TEMPORAL_ADDRESS", "", "TEMPORAL_NAMESPACE", ""),
            () -> ServerProcess.listens(port),
            List.of(
                temporalProgram,
                "server",
                "start-dev",
                "--headless",
                "--ip",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--log-level",
                "warn"));
    root = client(ROOT, ROOT);
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .ignoreExceptions()
        .until(() -> root.listBuckets() != null && namespaces() != null);

    // What more than one person applies lies in a bucket, and is locked while someone does.
    root.makeBucket(MakeBucketArgs.builder().bucket(STATE).build());
    Files.writeString(
        terraform.folder(LOCAL).resolve("backend.tf"),
        """
        terraform {
          backend "s3" {
            bucket                      = "%s"
            key                         = "local.tfstate"
            region                      = "us-east-1"
            endpoints                   = { s3 = "%s" }
            use_path_style              = true
            use_lockfile                = true
            skip_credentials_validation = true
            skip_metadata_api_check     = true
            skip_requesting_account_id  = true
            skip_region_validation      = true
          }
        }
        """
            .formatted(STATE, endpoint));
    terraform
        .with("AWS_ACCESS_KEY_ID", ROOT)
        .with("AWS_SECRET_ACCESS_KEY", ROOT)
        .with("AWS_EC2_METADATA_DISABLED", "true")
        .with("MINIO_USER", ROOT)
        .with("MINIO_PASSWORD", ROOT)
        .with("TF_VAR_storage_address", "127.0.0.1:" + storagePort)
        .with("TF_VAR_temporal_address", temporalAddress)
        .with("TF_VAR_encryption_key", "lyceum");
    terraform.succeed(LOCAL, "init", "-input=false");
  }

  @AfterAll
  void stopServers() {
    if (temporal != null) {
      temporal.close();
    }
    if (minio != null) {
      minio.close();
    }
  }

  @Test
  @Order(1)
  void configurations_areFormattedAndValid_andTheModulesPassTheirOwnTests() {
    terraform.succeed("", "fmt", "-check", "-recursive");
    terraform.succeed(LOCAL, "validate");
    for (String module : List.of("modules/storage", "modules/temporal")) {
      terraform.succeed(module, "init", "-input=false");
      assertThat(terraform.succeed(module, "test")).contains("0 failed");
    }
  }

  @Test
  @Order(2)
  void apply_makesEverything_andThePlanAfterItIsEmpty() throws Exception {
    terraform.succeed(LOCAL, "apply", "-auto-approve", "-input=false");
    assertThat(terraform.differs(LOCAL)).isFalse();

    for (String bucket : List.of("lyceum", "lyceum-tracking")) {
      assertThat(versioning(bucket)).isEqualTo(VersioningConfiguration.Status.ENABLED);
      assertThat(
              root.getBucketEncryption(GetBucketEncryptionArgs.builder().bucket(bucket).build())
                  .rule()
                  .kmsMasterKeyId())
          .isEqualTo("lyceum");
    }
    List<String> keys = SearchKeys.ALL.stream().map(key -> key.getName()).sorted().toList();
    JsonNode made = terraform.output(LOCAL, "search_attributes");
    assertThat(made).extracting(JsonNode::asText).containsExactlyElementsOf(keys);
    assertThat(searchAttributes()).contains(keys.toArray(new String[0]));
    assertThat(namespaces()).contains("lyceum");
  }

  @Test
  @Order(3)
  void eachRolesKey_mayDoWhatTheRoleNeeds_andNothingElse() throws Exception {
    Map<String, Set<String>> allowed = new LinkedHashMap<>();
    allowed.put(
        "worker", Set.of("put artifacts", "get artifacts", "list artifacts", "delete artifacts"));
    allowed.put(
        "tracking", Set.of("put tracking", "get tracking", "list tracking", "delete tracking"));
    allowed.put("reader", Set.of("get artifacts", "list artifacts"));
    allowed.put(
        "backup", Set.of("get artifacts", "list artifacts", "get tracking", "list tracking"));
    JsonNode credentials = terraform.output(LOCAL, "credentials");
    assertThat(credentials.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrderElementsOf(allowed.keySet());
    for (Map.Entry<String, Set<String>> role : allowed.entrySet()) {
      JsonNode key = credentials.path(role.getKey());
      assertThat(
              whatIsAllowed(
                  client(key.path("access_key").asText(), key.path("secret_key").asText())))
          .as(role.getKey())
          .isEqualTo(new TreeSet<>(role.getValue()));
    }
  }

  @Test
  @Order(4)
  void drift_isFoundAndRepaired() throws Exception {
    root.setBucketVersioning(
        SetBucketVersioningArgs.builder()
            .bucket("lyceum")
            .config(
                new VersioningConfiguration(
                    VersioningConfiguration.Status.SUSPENDED, null, null, null))
            .build());
    temporal(
        "operator",
        "search-attribute",
        "remove",
        "--namespace",
        "lyceum",
        "--yes",
        "--name",
        "LyceumStatus");
    temporal("operator", "namespace", "update", "--namespace", "lyceum", "--retention", "2d");

    assertThat(terraform.differs(LOCAL)).isTrue();
    terraform.succeed(LOCAL, "apply", "-auto-approve", "-input=false");
    assertThat(terraform.differs(LOCAL)).isFalse();
    assertThat(versioning("lyceum")).isEqualTo(VersioningConfiguration.Status.ENABLED);
    assertThat(searchAttributes()).contains("LyceumStatus");
  }

  @Test
  @Order(5)
  void stateLiesInTheBucket_andASecondApplyIsRefusedWhileOneRuns() throws Exception {
    Process first = terraform.process(LOCAL, "apply", "-destroy").start();
    try (OutputStream answer = first.getOutputStream()) {
      // It holds the lock until its question is answered.
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> objects(STATE).contains("local.tfstate.tflock"));
      Installation.Outcome second = terraform.run(LOCAL, "plan", "-input=false");
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.err()).contains("Error acquiring the state lock", "Lock Info");
      answer.write("no\n".getBytes(StandardCharsets.UTF_8));
    }
    first.getInputStream().transferTo(OutputStream.nullOutputStream());
    assertThat(first.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(objects(STATE)).containsExactly("local.tfstate");
    assertThat(terraform.differs(LOCAL)).isFalse();
  }

  @Test
  @Order(6)
  void destroy_refusesBucketsThatHoldObjects_andLeavesNothingOnceTheyAreEmpty() throws Exception {
    JsonNode worker = terraform.output(LOCAL, "credentials").path("worker");
    put(root, "lyceum", "kept");
    Installation.Outcome refused = terraform.run(LOCAL, "destroy", "-auto-approve");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("not empty");
    assertThat(objects("lyceum")).contains("kept");

    for (String bucket : List.of("lyceum", "lyceum-tracking")) {
      empty(bucket);
    }
    terraform.succeed(LOCAL, "destroy", "-auto-approve");
    assertThat(terraform.succeed(LOCAL, "state", "list")).isBlank();
    assertThat(root.listBuckets()).extracting(bucket -> bucket.name()).containsExactly(STATE);
    assertThat(namespaces()).doesNotContain("lyceum");
    assertThatThrownBy(
            () ->
                client(worker.path("access_key").asText(), worker.path("secret_key").asText())
                    .bucketExists(BucketExistsArgs.builder().bucket(STATE).build()))
        .isInstanceOf(ErrorResponseException.class);
  }

  @Test
  @Order(7)
  void protectedNamespace_isNotDestroyed_untilTheProtectionIsTakenAway() throws Exception {
    Path folder = Files.createDirectories(terraform.folder("environments/guarded"));
    Files.writeString(
        folder.resolve("main.tf"),
        """
        terraform {
          required_providers {
            temporal = {
              source = "terraform.local/lyceum/temporal"
            }
          }
        }

        variable "protected" {
          type    = bool
          default = true
        }

        provider "temporal" {
          address = "%s"
        }

        module "temporal" {
          source              = "../../modules/temporal"
          namespace           = "guarded"
          deletion_protection = var.protected
        }
        """
            .formatted(temporalAddress));
    String guarded = "environments/guarded";
    terraform.succeed(guarded, "init", "-input=false");
    terraform.succeed(guarded, "apply", "-auto-approve", "-input=false");
    Installation.Outcome refused = terraform.run(guarded, "destroy", "-auto-approve");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("The namespace guarded is protected");
    assertThat(namespaces()).contains("guarded");

    terraform.with("TF_VAR_protected", "false");
    terraform.succeed(guarded, "apply", "-auto-approve", "-input=false");
    terraform.succeed(guarded, "destroy", "-auto-approve");
    // The server renames it at once and removes its histories in the background.
    assertThat(namespaces()).doesNotContain("\"guarded\"");
  }

  private interface Call {
    void run() throws Exception;
  }

  /** Tries everything with the key; what is not refused as access denied is allowed. */
  private Set<String> whatIsAllowed(MinioClient key) throws Exception {
    Map<String, Call> actions = new LinkedHashMap<>();
    Map<String, String> buckets = Map.of("artifacts", "lyceum", "tracking", "lyceum-tracking");
    for (Map.Entry<String, String> entry : buckets.entrySet()) {
      String use = entry.getKey();
      String bucket = entry.getValue();
      String version = put(root, bucket, "seed");
      actions.put("put " + use, () -> put(key, bucket, "mine"));
      actions.put(
          "get " + use,
          () ->
              key.getObject(GetObjectArgs.builder().bucket(bucket).object("seed").build()).close());
      actions.put(
          "list " + use,
          () -> {
            for (Result<Item> item :
                key.listObjects(ListObjectsArgs.builder().bucket(bucket).build())) {
              item.get();
            }
          });
      actions.put(
          "delete " + use,
          () -> key.removeObject(RemoveObjectArgs.builder().bucket(bucket).object("seed").build()));
      actions.put(
          "delete a version of " + use,
          () ->
              key.removeObject(
                  RemoveObjectArgs.builder()
                      .bucket(bucket)
                      .object("seed")
                      .versionId(version)
                      .build()));
      actions.put(
          "suspend versions of " + use,
          () ->
              key.setBucketVersioning(
                  SetBucketVersioningArgs.builder()
                      .bucket(bucket)
                      .config(
                          new VersioningConfiguration(
                              VersioningConfiguration.Status.SUSPENDED, null, null, null))
                      .build()));
      actions.put(
          "remove the bucket of " + use,
          () -> key.removeBucket(RemoveBucketArgs.builder().bucket(bucket).build()));
    }
    actions.put(
        "make a bucket",
        () -> key.makeBucket(MakeBucketArgs.builder().bucket("somebodys").build()));
    actions.put(
        "read Terraform's state",
        () ->
            key.statObject(StatObjectArgs.builder().bucket(STATE).object("local.tfstate").build()));
    Set<String> allowed = new TreeSet<>();
    for (Map.Entry<String, Call> action : actions.entrySet()) {
      try {
        action.getValue().run();
        allowed.add(action.getKey());
      } catch (ErrorResponseException e) {
        assertThat(e.errorResponse().code()).as(action.getKey()).isEqualTo("AccessDenied");
      }
    }
    return allowed;
  }

  private MinioClient client(String accessKey, String secretKey) {
    return MinioClient.builder().endpoint(endpoint).credentials(accessKey, secretKey).build();
  }

  private static String put(MinioClient client, String bucket, String name) throws Exception {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    String version =
        client
            .putObject(
                PutObjectArgs.builder().bucket(bucket).object(name).stream(
                        new ByteArrayInputStream(bytes), (long) bytes.length, -1L)
                    .build())
            .versionId();
    return version == null ? "" : version;
  }

  private VersioningConfiguration.Status versioning(String bucket) throws Exception {
    return root.getBucketVersioning(GetBucketVersioningArgs.builder().bucket(bucket).build())
        .status();
  }

  private Set<String> objects(String bucket) throws Exception {
    Set<String> names = new TreeSet<>();
    for (Result<Item> item :
        root.listObjects(ListObjectsArgs.builder().bucket(bucket).recursive(true).build())) {
      names.add(item.get().objectName());
    }
    return names;
  }

  private void empty(String bucket) throws Exception {
    for (Result<Item> item :
        root.listObjects(
            ListObjectsArgs.builder()
                .bucket(bucket)
                .recursive(true)
                .includeVersions(true)
                .build())) {
      root.removeObject(
          RemoveObjectArgs.builder()
              .bucket(bucket)
              .object(item.get().objectName())
              .versionId(item.get().versionId())
              .build());
    }
  }

  private String namespaces() {
    return temporal("operator", "namespace", "list", "--output", "json");
  }

  private String searchAttributes() {
    return temporal(
        "operator", "search-attribute", "list", "--namespace", "lyceum", "--output", "json");
  }

  private String temporal(String... arguments) {
    List<String> command = new ArrayList<>(List.of(temporalProgram));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--address", temporalAddress));
    Installation.Outcome outcome = Installation.execute(Duration.ofMinutes(1), command, Map.of());
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    return outcome.out();
  }
}
