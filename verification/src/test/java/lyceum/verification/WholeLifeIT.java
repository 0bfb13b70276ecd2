package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.temporal.serviceclient.MetricsType;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import lyceum.activities.LocalFiles;
import lyceum.activities.lifecycle.ModelVersions;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.storage.S3Bucket;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.core.ArtifactStore;
import lyceum.core.ModelArtifact;
import lyceum.core.Stage;
import lyceum.core.signing.ModelSignature;
import lyceum.core.signing.ModelSignatures;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.Decoder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * The smoke recipe's whole life on real servers, from {@code up} to {@code down}, through the
 * launcher. The tests build on each other: one installation, several runs.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WholeLifeIT {
  private static final int PORTS = 28600;
  private static final Duration STARTING = Duration.ofMinutes(10);
  private static final Duration RUNNING = Duration.ofMinutes(12);
  private static final Duration ASKING = Duration.ofMinutes(2);
  private static final String LINE = "lyceum-smoke";

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();

  private Path folder = Path.of("");
  private Installation installation;
  private Settings settings;
  private String firstRun = "";
  private final Set<String> metrics = ConcurrentHashMap.newKeySet();
  private Thread scraping = Thread.ofVirtual().unstarted(() -> {});

  @BeforeAll
  void up(@TempDir Path temporary) {
    folder = temporary;
    installation = new Installation(folder.resolve("home"), PORTS);
    succeed(installation.run(STARTING, "up"));
    settings = Settings.load(Map.of("LYCEUM_HOME", installation.home().toString()));
    scraping = Thread.ofVirtual().start(this::scrape);
  }

  /** Notes what is on the pages of worker and server; figures of a run go when it ends. */
  private void scrape() {
    List<URI> pages =
        List.of(
            URI.create("http://127.0.0.1:" + (PORTS + 36) + "/metrics"),
            URI.create("http://127.0.0.1:" + settings.servingPort() + "/metrics"));
    try {
      while (true) {
        for (URI page : pages) {
          metrics.addAll(MetricNames.on(page(page)));
        }
        Thread.sleep(500);
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  /** Empty where nobody answers: a worker that was killed is back in a moment. */
  private String page(URI page) throws InterruptedException {
    try {
      HttpRequest ask = HttpRequest.newBuilder(page).timeout(ASKING).build();
      return http.send(ask, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException away) {
      return "";
    }
  }

  @AfterAll
  void down() {
    scraping.interrupt();
    succeed(installation.run(ASKING, "down"));
  }

  @Test
  @Order(1)
  void smoke_everyStageRuns_andTheModelAnswers() throws Exception {
    firstRun = start("smoke");
    assertThat(states(firstRun).values()).containsOnly("DONE").hasSize(Stage.values().length);

    HttpRequest ask =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + settings.servingPort() + "/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"model\":\""
                        + LINE
                        + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}"))
            .build();
    HttpResponse<String> answer = http.send(ask, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(
            json.readTree(answer.body())
                .path("choices")
                .path(0)
                .path("message")
                .path("content")
                .asText())
        .isNotBlank();
  }

  @Test
  @Order(2)
  void tracking_hasANestedRunAStage_andEachPointOnce() throws Exception {
    JsonNode nested =
        mlflow(
                "runs/search",
                "{\"experiment_ids\":[\"" + experiment("smoke") + "\"],\"max_results\":100}")
            .path("runs");
    List<String> stages = new ArrayList<>();
    for (JsonNode run : nested) {
      if (firstRun.equals(tag(run, "lyceum.run_id")) && !tag(run, "lyceum.stage").isEmpty()) {
        stages.add(tag(run, "lyceum.stage"));
        assertThat(run.path("info").path("status").asText()).isEqualTo("FINISHED");
        assertThat(tag(run, "mlflow.parentRunId")).isNotEmpty();
        assertEachPointOnce(run);
      }
    }
    assertThat(stages)
        .containsExactlyInAnyOrderElementsOf(
            List.of(Stage.values()).stream().map(Stage::noun).toList());
    assertThat(tracker().aliases(LINE)).containsKeys("candidate", "champion");
  }

  @Test
  @Order(3)
  void sameRecipeAgain_reusesEveryStage() throws Exception {
    assertThat(states(start("smoke")).values()).containsOnly("REUSED");
  }

  @Test
  @Order(4)
  void onlyAlignmentChanged_runsAgainFromThere() throws Exception {
    Map<String, String> states =
        states(start("smoke", "--set", "alignment.policy.klCoefficient=0.2"));
    for (Stage stage : Stage.values()) {
      assertThat(states.get(stage.name()))
          .as(stage.noun())
          .isEqualTo(stage.compareTo(Stage.ALIGNMENT) < 0 ? "REUSED" : "DONE");
    }
  }

  @Test
  @Order(5)
  void workerKilledInPretraining_sameWeightsAndEachPointOnce() {
    Installation.Outcome outcome =
        installation.run(
            RUNNING.multipliedBy(2),
            "drill",
            "kill",
            "--stage",
            "pretraining",
            "--recipe",
            "smoke",
            "--set",
            // Long enough that the kill falls into its middle on a fast machine too, and slow
            // enough
            // to learn no more than smoke does: a model that learned more answers too much alike
            // for
            // smoke's alignment.
            "pretraining.steps=2500",
            "--set",
            "pretraining.checkpointEvery=250",
            "--set",
            "pretraining.optimizer.learningRate=1e-4");
    succeed(outcome);
  }

  @Test
  @Order(6)
  void champion_inTransformers_hasTheSameLogits() throws Exception {
    String python = System.getenv("LYCEUM_PEERS");
    assumeTrue(python != null, "LYCEUM_PEERS names no Python with torch and transformers");
    LocalFiles files =
        new LocalFiles(new MinioArtifactStore(settings.storage()), folder.resolve("files"));
    int champion = tracker().aliases(LINE).get("champion");
    ModelArtifact model = ModelVersions.model(tracker().version(LINE, champion).orElseThrow());
    Path directory = files.fetch(model);
    LanguageModel ours = files.load(model);
    int[] ids = ours.tokenizer().encode("The history of the town, with 12 + 30 people.");
    float[][] expected = new Decoder(ours).logits(ids);

    Path script = folder.resolve("logits.py");
    Files.writeString(
        script,
        """
        import json, sys, torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
        tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
        ids = tokenizer("The history of the town, with 12 + 30 people.", add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0]
        print(json.dumps({"ids": ids, "logits": logits.tolist()}))
        """);
    Installation.Outcome outcome =
        Installation.execute(
            Duration.ofMinutes(5),
            List.of(python, script.toString(), directory.toString()),
            Map.of("HF_HUB_OFFLINE", "1"));
    succeed(outcome);
    JsonNode theirs = json.readTree(outcome.out());
    assertThat(json.convertValue(theirs.path("ids"), int[].class)).containsExactly(ids);
    double largest = 0;
    for (int t = 0; t < ids.length; t++) {
      for (int v = 0; v < expected[t].length; v++) {
        largest =
            Math.max(
                largest,
                Math.abs(expected[t][v] - theirs.path("logits").path(t).path(v).asDouble()));
      }
    }
    // Both compute in single precision; the order of their sums differs.
    assertThat(largest).isLessThan(1e-3);
  }

  @Test
  @Order(7)
  void pythonMlflowClient_readsRunsVersionsAndAliases() throws Exception {
    String mlflow = System.getenv("LYCEUM_MLFLOW");
    assumeTrue(mlflow != null, "LYCEUM_MLFLOW names no mlflow program whose Python could be used");
    Path script = folder.resolve("read.py");
    Files.writeString(
        script,
        """
        import sys
        from mlflow import MlflowClient
        client = MlflowClient(tracking_uri=sys.argv[1])
        experiment = client.get_experiment_by_name("smoke")
        runs = client.search_runs([experiment.experiment_id], filter_string=f"tags.`lyceum.run_id` = '{sys.argv[2]}'")
        champion = client.get_model_version_by_alias("lyceum-smoke", "champion")
        versions = client.search_model_versions("name='lyceum-smoke'")
        print(len(runs), champion.version, len(versions))
        """);
    Installation.Outcome outcome =
        Installation.execute(
            ASKING,
            List.of(
                Path.of(mlflow).resolveSibling("python3").toString(),
                script.toString(),
                settings.tracking().uri().toString(),
                firstRun),
            Map.of());
    succeed(outcome);
    String[] counts = outcome.out().strip().split(" ");
    assertThat(counts[0]).isEqualTo("9");
    assertThat(Integer.parseInt(counts[2])).isGreaterThanOrEqualTo(4);
  }

  @Test
  @Order(8)
  void temporalCommand_showsReadableInputs() {
    String temporal = System.getenv("LYCEUM_TEMPORAL");
    assumeTrue(temporal != null, "LYCEUM_TEMPORAL names no temporal program");
    Installation.Outcome outcome =
        Installation.execute(
            ASKING,
            List.of(
                temporal,
                "workflow",
                "show",
                "--address",
                settings.temporalAddress(),
                "--namespace",
                settings.temporalNamespace(),
                "--workflow-id",
                firstRun,
                "--detailed"),
            Map.of());
    succeed(outcome);
    assertThat(outcome.out()).contains("input[0].recipe.modelLine").contains("lyceum-smoke");
  }

  /** Not even with the administration token: the signature is of other bytes, or there is none. */
  @Test
  @Order(9)
  void server_oneBitOfTheWeightsChanged_orNoSignature_refusesTheModel() throws Exception {
    assertThat(settings.signing().required()).isTrue();
    ArtifactStore store = new MinioArtifactStore(settings.storage());
    int champion = tracker().aliases(LINE).get("champion");
    ModelArtifact model = ModelVersions.model(tracker().version(LINE, champion).orElseThrow());
    Path directory = new LocalFiles(store, folder.resolve("changed")).fetch(model);
    new ModelSignatures(store, Optional.empty(), settings.signing().trustedKeys())
        .place(model, directory);
    assertThat(offer(directory).statusCode()).isEqualTo(200);

    Path weights = directory.resolve(ModelArtifact.WEIGHTS);
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    // A new file in its place: what is served now may still be read from the old one.
    Files.delete(weights);
    Files.write(weights, bytes);
    assertThat(offer(directory).body()).contains("not those that were signed");
    Files.delete(directory.resolve(ModelSignature.FILE));
    assertThat(offer(directory).body()).contains("is not signed");

    HttpResponse<String> served =
        http.send(admin().GET().build(), HttpResponse.BodyHandlers.ofString());
    assertThat(json.readTree(served.body()).path("digest").asText()).isEqualTo(model.digest());
  }

  private HttpResponse<String> offer(Path directory) throws Exception {
    String body =
        json.createObjectNode()
            .put("directory", directory.toString())
            .put("name", LINE)
            .put("version", tracker().aliases(LINE).get("champion"))
            .toString();
    return http.send(
        admin()
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder admin() {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + settings.servingPort() + "/admin/model"))
        .header("Authorization", "Bearer " + settings.adminToken());
  }

  @Test
  @Order(10)
  void dashboardsAndAlerts_everyMetricTheyAskFor_isOnAPage() throws Exception {
    HttpRequest wrong =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + settings.servingPort() + "/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"model\":\"of-no-one\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}"))
            .build();
    assertThat(http.send(wrong, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(404);
    Set<String> asked = MetricNames.asked();
    // Not every machine has a GPU; Temporal's SDK counts a failure when there is one.
    asked.removeIf(name -> name.startsWith("lyceum_gpu_"));
    asked.remove(io.temporal.worker.MetricsType.WORKFLOW_TASK_EXECUTION_FAILURE_COUNTER + "_total");
    asked.remove(MetricsType.TEMPORAL_REQUEST_FAILURE + "_total");
    Awaitility.await().atMost(ASKING).untilAsserted(() -> assertThat(metrics).containsAll(asked));
  }

  @Test
  @Order(11)
  void badRecipe_isRefusedAtTheDoor() throws Exception {
    Path recipe =
        Files.writeString(
            folder.resolve("bad.yaml"), "name: bad\nmodelLine: bad\npretrainning: {steps: 3}\n");
    Installation.Outcome outcome = installation.run(ASKING, "run", "start", recipe.toString());
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).contains("pretrainning").contains("pretraining");
  }

  @Test
  @Order(12)
  void missingData_isRefusedAtTheDoor() throws Exception {
    Installation.Outcome outcome =
        installation.run(
            ASKING,
            "run",
            "start",
            "smoke",
            "--set",
            "corpus.sources.0.uri=file:" + folder.resolve("nowhere.jsonl"));
    assertThat(outcome.exitCode()).isIn(2, 3);
    assertThat(outcome.err()).contains("nowhere.jsonl");
  }

  @Test
  @Order(13)
  void wrongCredentials_areNamed() throws Exception {
    Installation other =
        new Installation(installation.home(), PORTS)
            .with("LYCEUM_STORAGE_SECRET_KEY", "not-the-key");
    Installation.Outcome outcome = other.run(ASKING, "dataset", "list");
    assertThat(outcome.exitCode()).isIn(2, 4);
    assertThat(outcome.err()).containsIgnoringCase("credential");
  }

  @Test
  @Order(14)
  void backup_restoredIntoAnEmptyHome_hasTheSameChampionsRunsAndObjects() throws Exception {
    Path backup = folder.resolve("backup");
    Map<String, String> before = objects(settings);
    succeed(installation.run(ASKING, "backup", backup.toString()));
    Installation.Outcome again = installation.run(ASKING, "backup", backup.toString());
    assertThat(again.exitCode()).isEqualTo(7);
    assertThat(again.err()).contains("not empty");
    Installation.Outcome over = installation.run(ASKING, "restore", backup.toString());
    assertThat(over.exitCode()).isEqualTo(7);
    assertThat(over.err()).contains("already");

    Installation restored = restoredInstallation();
    try {
      succeed(restored.run(STARTING, "restore", backup.toString()));
      Settings there = Settings.load(Map.of("LYCEUM_HOME", restored.home().toString()));
      assertThat(there.tracking().uri()).isNotEqualTo(settings.tracking().uri());
      assertThat(champions(there)).isEqualTo(champions(settings)).isNotEmpty();
      // The servers run on: what is served meanwhile comes to the storage after the backup.
      assertThat(objects(there)).containsAllEntriesOf(before).isNotEmpty();
      assertThat(objects(settings)).containsAllEntriesOf(objects(there));
      assertThat(runs(restored)).isEqualTo(runs(installation)).contains(firstRun);
    } finally {
      succeed(restored.run(ASKING, "down"));
    }
  }

  /** What the API's own document allows, and what it does not, asked at random. */
  @Test
  @Order(15)
  @EnabledIfEnvironmentVariable(named = "LYCEUM_SCHEMATHESIS", matches = ".+")
  void api_askedBySchemathesis_neverFailsInside() throws Exception {
    String console = "http://127.0.0.1:" + (PORTS + 60);
    String token =
        Files.readString(installation.home().resolve("console").resolve("login-token")).strip();
    HttpResponse<String> session =
        http.send(
            HttpRequest.newBuilder(URI.create(console + "/api/v1/session"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"token\":\"" + token + "\"}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    HttpResponse<String> made =
        http.send(
            HttpRequest.newBuilder(URI.create(console + "/api/v1/tokens"))
                .header("Content-Type", "application/json")
                .header("Cookie", session.headers().firstValue("Set-Cookie").orElseThrow())
                .header("X-CSRF-Token", json.readTree(session.body()).path("csrfToken").asText())
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"name\":\"fuzz\",\"roles\":[\"rater\",\"operator\",\"approver\"]}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    Installation.Outcome outcome =
        Installation.execute(
            Duration.ofMinutes(5),
            List.of(
                System.getenv("LYCEUM_SCHEMATHESIS"),
                "run",
                console + "/api/v1/openapi.json",
                "--header",
                "Authorization: Bearer " + json.readTree(made.body()).path("token").asText(),
                "--checks",
                "not_a_server_error,content_type_conformance,response_schema_conformance,unsupported_method,allow_header_conformance",
                "--phases",
                "coverage,fuzzing",
                "--max-examples",
                "15",
                // An event stream ends when the run does, not when it was looked at.
                "--exclude-operation-id",
                "watchRun",
                // It would take back its own token.
                "--exclude-operation-id",
                "revokeToken",
                "--request-timeout",
                "30",
                // Python 3.11 loses count of its recursion when two threads parse at once.
                "--workers",
                "1",
                "--max-time",
                "90",
                "--no-color"),
            Map.of());
    assertThat(outcome.exitCode()).as(outcome.out() + outcome.err()).isZero();
  }

  @Test
  @Order(16)
  void down_leavesNothingRunning_andSaysHowToStart() throws Exception {
    succeed(installation.run(ASKING, "down"));
    for (int port :
        new int[] {
          settings.servingPort(),
          settings.tracking().uri().getPort(),
          settings.storage().endpoint().getPort()
        }) {
      assertThat(isOpen(port)).as("port " + port).isFalse();
    }
    Installation.Outcome outcome = installation.run(ASKING, "run", "list");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("lyceum up");
  }

  @Test
  @Order(17)
  void restoredInstallation_goesOnFromWhatItHolds() throws Exception {
    Installation restored = restoredInstallation();
    try {
      succeed(restored.run(STARTING, "up"));
      Installation.Outcome run = restored.run(RUNNING, "run", "start", "smoke", "--wait");
      succeed(run);
      Installation.Outcome outcome =
          restored.run(
              ASKING, "run", "get", run.out().strip().lines().toList().getFirst(), "-o", "json");
      succeed(outcome);
      assertThat(json.readTree(outcome.out()).path("stages"))
          .hasSize(Stage.values().length)
          // The champion came from the run with other alignment: this one is put in its place.
          .filteredOn(
              stage -> !stage.path("stage").asText().equalsIgnoreCase(Stage.DEPLOYMENT.name()))
          .extracting(stage -> stage.path("state").asText())
          .containsOnly("REUSED");
    } finally {
      succeed(restored.run(ASKING, "down"));
    }
  }

  private Installation restoredInstallation() {
    return new Installation(folder.resolve("restored"), PORTS + 100);
  }

  /** Aliases of every model line. */
  private static Map<String, Map<String, Integer>> champions(Settings settings) {
    MlflowTracker tracker = new MlflowTracker(settings.tracking());
    Map<String, Map<String, Integer>> champions = new TreeMap<>();
    tracker.modelLines().forEach(line -> champions.put(line, tracker.aliases(line)));
    return champions;
  }

  /** Digest of every object in storage, of its bytes as read back. */
  private static Map<String, String> objects(Settings settings) {
    S3Bucket bucket = new S3Bucket(settings.storage());
    Map<String, String> digests = new TreeMap<>();
    bucket.list("").forEach(key -> digests.put(key, bucket.digest(key).orElseThrow()));
    return digests;
  }

  private static String runs(Installation installation) {
    Installation.Outcome outcome = installation.run(ASKING, "run", "list", "-o", "json");
    succeed(outcome);
    return outcome.out();
  }

  private String start(String recipe, String... options) {
    List<String> arguments = new ArrayList<>(List.of("run", "start", recipe, "--wait"));
    arguments.addAll(List.of(options));
    Installation.Outcome outcome = installation.run(RUNNING, arguments.toArray(String[]::new));
    succeed(outcome);
    return outcome.out().strip().lines().findFirst().orElseThrow().strip();
  }

  private Map<String, String> states(String run) throws IOException {
    Installation.Outcome outcome = installation.run(ASKING, "run", "get", run, "-o", "json");
    succeed(outcome);
    Map<String, String> states = new java.util.LinkedHashMap<>();
    for (JsonNode stage : json.readTree(outcome.out()).path("stages")) {
      states.put(stage.path("stage").asText(), stage.path("state").asText());
    }
    return states;
  }

  private void assertEachPointOnce(JsonNode run) throws Exception {
    for (JsonNode metric : run.path("data").path("metrics")) {
      String key = metric.path("key").asText();
      JsonNode history =
          get(
              "metrics/get-history?max_results=5000&run_id="
                  + run.path("info").path("run_id").asText()
                  + "&metric_key="
                  + java.net.URLEncoder.encode(key, java.nio.charset.StandardCharsets.UTF_8));
      Set<Long> steps = new HashSet<>();
      for (JsonNode point : history.path("metrics")) {
        assertThat(steps.add(point.path("step").asLong()))
            .as(key + " at step " + point.path("step"))
            .isTrue();
      }
    }
  }

  private String experiment(String name) throws Exception {
    return get("experiments/get-by-name?experiment_name=" + name)
        .path("experiment")
        .path("experiment_id")
        .asText();
  }

  private static String tag(JsonNode run, String key) {
    for (JsonNode tag : run.path("data").path("tags")) {
      if (tag.path("key").asText().equals(key)) {
        return tag.path("value").asText();
      }
    }
    return "";
  }

  private JsonNode mlflow(String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(settings.tracking().uri().resolve("/api/2.0/mlflow/" + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return json.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private JsonNode get(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(settings.tracking().uri().resolve("/api/2.0/mlflow/" + path))
            .build();
    return json.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private MlflowTracker tracker() {
    return new MlflowTracker(settings.tracking().uri());
  }

  private static boolean isOpen(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
      return true;
    } catch (ConnectException closed) {
      return false;
    }
  }

  private static void succeed(Installation.Outcome outcome) {
    assertThat(outcome.exitCode())
        .as("output:\n%s\nerrors:\n%s", outcome.out(), outcome.err())
        .isZero();
  }
}
