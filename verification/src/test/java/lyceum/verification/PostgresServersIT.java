package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lyceum.core.Stage;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The servers as a team runs them: two Temporal nodes and MLflow on one Postgres, MinIO beside
 * them. A Temporal node and then the database are killed while the smoke recipe runs.
 */
class PostgresServersIT {
  private static final Duration ASKING = Duration.ofMinutes(2);
  private static final Duration RUNNING = Duration.ofMinutes(20);
  private static final String LINE = "lyceum-smoke";
  private static final String SECRET = PostgresServer.PASSWORD;

  private final Map<String, ServerProcess> servers = new TreeMap<>();
  private final ObjectMapper json = new ObjectMapper();
  private final int storagePort = ServerProcess.freePort();
  private final int trackingPort = ServerProcess.freePort();
  private final int[] frontends = {ServerProcess.freeSmallPort(), ServerProcess.freeSmallPort()};

  @TempDir private Path folder;
  private PostgresServer postgres;
  private Path temporal = Path.of("");
  private Installation lyceum;

  @BeforeEach
  void startServers() throws Exception {
    temporal = BuiltTools.require("temporal-server");
    String minio = BuiltTools.program("LYCEUM_MINIO", "minio");
    String mlflow = BuiltTools.program("LYCEUM_MLFLOW", "mlflow");

    postgres = PostgresServer.start(folder);
    makeDatabases();
    makeTemporalSchema();
    for (int node = 0; node < frontends.length; node++) {
      startTemporal(node);
    }
    servers.put(
        "minio",
        ServerProcess.start(
            "minio",
            folder,
            Map.of("MINIO_ROOT_USER", SECRET, "MINIO_ROOT_PASSWORD", SECRET, "MINIO_CI_CD", "1"),
            () -> ServerProcess.listens(storagePort),
            List.of(
                minio,
                "server",
                folder.resolve("minio").toString(),
                "--address",
                "127.0.0.1:" + storagePort)));
    MinioClient client =
        MinioClient.builder()
            .endpoint("http://127.0.0.1:" + storagePort)
            .credentials(SECRET, SECRET)
            .build();
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .ignoreExceptions()
        .until(() -> client.listBuckets() != null);
    for (String bucket : List.of("lyceum", "lyceum-tracking")) {
      client.makeBucket(MakeBucketArgs.builder().bucket(bucket).build());
    }
    Map<String, String> environment = new TreeMap<>();
    environment.put("AWS_ACCESS_KEY_ID", SECRET);
    environment.put("AWS_SECRET_ACCESS_KEY", SECRET);
    environment.put("AWS_DEFAULT_REGION", "us-east-1");
    environment.put("AWS_EC2_METADATA_DISABLED", "true");
    environment.put("MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:" + storagePort);
    environment.put("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false");
    environment.put("MLFLOW_DISABLE_TELEMETRY", "true");
    // The driver lies beside MLflow, which the stack's own installation leaves out.
    environment.put("PYTHONPATH", driver(Path.of(mlflow)).toString());
    servers.put(
        "mlflow",
        ServerProcess.start(
            "mlflow",
            folder,
            environment,
            () -> ServerProcess.listens(trackingPort),
            List.of(
                mlflow,
                "server",
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(trackingPort),
                "--workers",
                "1",
                "--backend-store-uri",
                "postgresql+psycopg2://mlflow:"
                    + SECRET
                    + "@127.0.0.1:"
                    + postgres.port()
                    + "/mlflow",
                "--serve-artifacts",
                "--artifacts-destination",
                "s3://lyceum-tracking")));

    lyceum =
        new Installation(folder.resolve("home"), 29200)
            // The second node; the first is the one that dies.
            .with("LYCEUM_TEMPORAL_ADDRESS", "127.0.0.1:" + frontends[1])
            .with("LYCEUM_STORAGE_ENDPOINT", "http://127.0.0.1:" + storagePort)
            .with("LYCEUM_STORAGE_ACCESS_KEY", SECRET)
            .with("LYCEUM_STORAGE_SECRET_KEY", SECRET)
            .with("LYCEUM_TRACKING_URI", "http://127.0.0.1:" + trackingPort);
  }

  @AfterEach
  void stopServers() {
    if (lyceum != null) {
      lyceum.run(ASKING, "down");
    }
    servers.values().forEach(ServerProcess::close);
    if (postgres != null) {
      postgres.close();
    }
  }

  @Test
  void smoke_endsWell_thoughATemporalNodeAndTheDatabaseAreKilledMidway() throws Exception {
    Instant began = Instant.now();
    succeed(lyceum.run(Duration.ofMinutes(10), "up"));
    log(began, "up on two Temporal nodes and MLflow on Postgres");
    String run = startRun();
    log(began, "run started");

    await(run, "ExecutionStatus = 'Running' AND LyceumStage IN (" + from(Stage.PRETRAINING) + ")");
    servers.remove("temporal-0").kill();
    log(began, "in pretraining; killed Temporal node 1 of 2");
    await(run, "ExecutionStatus = 'Running' AND LyceumStage IN (" + from(Stage.ALIGNMENT) + ")");
    postgres.kill();
    log(began, "in alignment; killed Postgres");
    Thread.sleep(Duration.ofSeconds(5));
    postgres.start();
    log(began, "Postgres is back after 5 s");

    await(run, "ExecutionStatus != 'Running'");
    Map<String, String> states = states(run);
    log(began, "run ended: " + states);
    assertThat(states.values()).containsOnly("DONE").hasSize(Stage.values().length);
    assertThat(mlflow("select alias from registered_model_aliases where name = '" + LINE + "'"))
        .contains("champion");
    assertThat(mlflow("select distinct status from runs")).containsExactly("FINISHED");
    assertThat(mlflow("select count(*) from metrics")).doesNotContain("0");
    assertThat(
            mlflow("select run_uuid, key, step from metrics group by 1, 2, 3 having count(*) > 1"))
        .isEmpty();
    startTemporal(0);
    log(began, "Temporal node 1 joined again");
  }

  /** What MLflow keeps in Postgres: a line a row. */
  private List<String> mlflow(String query) {
    Installation.Outcome outcome = postgres.sql("mlflow", "mlflow", query);
    succeed(outcome);
    return outcome.out().lines().toList();
  }

  /** Starts the smoke recipe and returns the id of its run. */
  private String startRun() {
    Installation.Outcome outcome = lyceum.run(ASKING, "run", "start", "smoke");
    succeed(outcome);
    return outcome.out().strip().lines().findFirst().orElseThrow().strip();
  }

  /** This stage and all after it, quoted. */
  private static String from(Stage first) {
    return Stream.of(Stage.values())
        .filter(stage -> stage.compareTo(first) >= 0)
        .map(stage -> "'" + stage.noun() + "'")
        .collect(Collectors.joining(","));
  }

  /** Waits until Temporal lists the run under the query. */
  private void await(String run, String query) {
    Awaitility.await()
        .atMost(RUNNING)
        .pollInterval(Duration.ofSeconds(2))
        .until(
            () -> {
              Installation.Outcome outcome =
                  execute(
                      List.of(
                          BuiltTools.program("LYCEUM_TEMPORAL", "temporal"),
                          "workflow",
                          "list",
                          "--address",
                          "127.0.0.1:" + frontends[1],
                          "--namespace",
                          "lyceum",
                          "--query",
                          "WorkflowId = '" + run + "' AND " + query,
                          "--output",
                          "json"));
              return outcome.exitCode() == 0 && outcome.out().contains("\"" + run + "\"");
            });
  }

  private Map<String, String> states(String run) {
    Installation.Outcome outcome = lyceum.run(ASKING, "run", "get", run, "-o", "json");
    succeed(outcome);
    return parse(outcome.out());
  }

  private Map<String, String> parse(String text) {
    try {
      Map<String, String> states = new TreeMap<>();
      for (JsonNode stage : json.readTree(text).path("stages")) {
        states.put(stage.path("stage").asText(), stage.path("state").asText());
      }
      return states;
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }

  private static void log(Instant began, String what) {
    System.out.println(Duration.between(began, Instant.now()).toSeconds() + " s: " + what);
  }

  /** The folder into which the Postgres driver for MLflow's Python is installed. */
  private Path driver(Path mlflow) {
    Path target = folder.resolve("driver");
    Installation.Outcome outcome =
        Installation.execute(
            Duration.ofMinutes(5),
            List.of(
                mlflow.resolveSibling("python").toString(),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--target",
                target.toString(),
                "psycopg2-binary==2.9.11"),
            Map.of());
    return outcome.exitCode() == 0
        ? target
        : abort("skipped: the Postgres driver cannot be installed: " + outcome.err().strip());
  }

  private void makeDatabases() {
    Map<String, String> environment = new TreeMap<>(postgres.environment("postgres"));
    environment.put("LYCEUM_TEMPORAL_DATABASE_PASSWORD", SECRET);
    environment.put("LYCEUM_TRACKING_DATABASE_PASSWORD", SECRET);
    succeed(
        Installation.execute(
            ASKING,
            List.of(Installation.repository().resolve("infra/compose/databases.sh").toString()),
            environment));
  }

  private void makeTemporalSchema() {
    for (String database : List.of("temporal", "temporal_visibility")) {
      String schema =
          database.equals("temporal") ? "postgresql/v12/temporal" : "postgresql/v12/visibility";
      for (List<String> action :
          List.of(
              List.of("setup-schema", "-v", "0.0"),
              List.of("update-schema", "--schema-name", schema))) {
        List<String> command =
            new ArrayList<>(
                List.of(
                    temporal.resolve("temporal-sql-tool").toString(),
                    "--plugin",
                    "postgres12",
                    "--ep",
                    "127.0.0.1",
                    "-p",
                    Integer.toString(postgres.port()),
                    "-u",
                    "temporal",
                    "--pw",
                    SECRET,
                    "--db",
                    database));
        command.addAll(action);
        succeed(execute(command));
      }
    }
  }

  private void startTemporal(int node) throws IOException {
    StringBuilder services = new StringBuilder();
    for (String service : List.of("frontend", "matching", "history", "worker")) {
      services.append(
          """
            %s:
              rpc: { grpcPort: %d, membershipPort: %d, bindOnIP: 127.0.0.1 }
          """
              .formatted(
                  service,
                  service.equals("frontend") ? frontends[node] : ServerProcess.freeSmallPort(),
                  ServerProcess.freeSmallPort()));
    }
    StringBuilder stores = new StringBuilder();
    for (String store : List.of("temporal", "temporal_visibility")) {
      stores.append(
          """
              %s:
                sql:
                  pluginName: postgres12
                  databaseName: %s
                  connectAddr: 127.0.0.1:%d
                  connectProtocol: tcp
                  user: temporal
                  password: %s
                  maxConns: 10
                  maxIdleConns: 10
                  maxConnLifetime: 1h
          """
              .formatted(store, store, postgres.port(), SECRET));
    }
    Path config = folder.resolve("temporal-" + node);
    Files.createDirectories(config);
    Files.writeString(
        config.resolve("development.yaml"),
        """
        log: { stdout: true, level: warn }
        persistence:
          defaultStore: temporal
          visibilityStore: temporal_visibility
          numHistoryShards: 16
          datastores:
        %s
        global:
          membership: { maxJoinDuration: 30s, broadcastAddress: 127.0.0.1 }
        services:
        %s
        clusterMetadata:
          enableGlobalNamespace: false
          failoverVersionIncrement: 10
          masterClusterName: active
          currentClusterName: active
          clusterInformation:
            active: { enabled: true, initialFailoverVersion: 1, rpcName: frontend, rpcAddress: 127.0.0.1:%d }
        dcRedirectionPolicy: { policy: noop }
        publicClient: { hostPort: 127.0.0.1:%d }
        """
            .formatted(stores, services, frontends[node], frontends[node]));
    servers.put(
        "temporal-" + node,
        ServerProcess.start(
            "temporal-" + node,
            folder,
            Map.of(),
            () -> isWell(frontends[node]),
            List.of(
                temporal.resolve("temporal-server").toString(),
                "--root",
                folder.toString(),
                "--config",
                "temporal-" + node,
                "--env",
                "development",
                "--allow-no-auth",
                "start")));
  }

  /** Whether the node serves workflows; it listens before it does. */
  private static boolean isWell(int frontend) {
    return ServerProcess.listens(frontend)
        && execute(
                    List.of(
                        BuiltTools.program("LYCEUM_TEMPORAL", "temporal"),
                        "operator",
                        "cluster",
                        "health",
                        "--address",
                        "127.0.0.1:" + frontend))
                .exitCode()
            == 0;
  }

  private static Installation.Outcome execute(List<String> command) {
    return Installation.execute(ASKING, command, Map.of());
  }

  private static void succeed(Installation.Outcome outcome) {
    assertThat(outcome.exitCode())
        .as("output:\n%s\nerrors:\n%s", outcome.out(), outcome.err())
        .isZero();
  }
}
