package lyceum.connectors.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import lyceum.connectors.server.RunningServer;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.Tracker;
import lyceum.core.Tracker.Metric;
import lyceum.core.Tracker.RunRequest;
import lyceum.core.Tracker.RunStatus;
import lyceum.core.Tracker.Version;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real MLflow: everything is done twice and leaves one row. */
class MlflowTrackerTest {
  private static RunningServer server;
  private static Tracker tracker;
  private static MlflowRest rest;
  private final String experiment = "experiment-" + UUID.randomUUID();
  private final String line = "line-" + UUID.randomUUID();

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    String program = System.getenv("LYCEUM_MLFLOW");
    assumeTrue(
        program != null && !program.isBlank(),
        "skipped: LYCEUM_MLFLOW does not name the mlflow program");
    server = RunningServer.mlflow(program, folder);
    tracker = new MlflowTracker(server.address());
    rest = new MlflowRest(server.address(), Map.of(), 0, Duration.ofMillis(1));
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private String run(String key) {
    return tracker.startRun(
        new RunRequest(
            experiment,
            "run " + key,
            key,
            Optional.empty(),
            new TreeMap<>(Map.of("mlflow.user", "ada"))));
  }

  private JsonNode read(String runId) {
    return rest.get("runs/get", Map.of("run_id", runId)).body().path("run");
  }

  private static Map<String, String> pairs(JsonNode rows) {
    Map<String, String> pairs = new HashMap<>();
    rows.forEach(
        row ->
            assertThat(pairs.put(row.path("key").asText(), row.path("value").asText())).isNull());
    return pairs;
  }

  private static JsonNode history(String runId, String key) {
    return rest.get("metrics/get-history", Map.of("run_id", runId, "metric_key", key))
        .body()
        .path("metrics");
  }

  @Test
  void startRun_twice_isOneRunWithItsParentUserAndName() {
    String parent = run("life-1");
    RunRequest request =
        new RunRequest(
            experiment,
            "pretraining",
            "life-1/pretraining",
            Optional.of(parent),
            new TreeMap<>(Map.of("lyceum.stage", "pretraining")));
    String first = tracker.startRun(request);
    assertThat(tracker.startRun(request)).isEqualTo(first).isNotEqualTo(parent);
    assertThat(run("life-1")).isEqualTo(parent);
    Map<String, String> tags = pairs(read(first).path("data").path("tags"));
    assertThat(tags)
        .containsEntry("mlflow.parentRunId", parent)
        .containsEntry("mlflow.runName", "pretraining")
        .containsEntry("mlflow.user", System.getProperty("user.name"))
        .containsEntry("lyceum.stage", "pretraining");
    assertThat(pairs(read(parent).path("data").path("tags"))).containsEntry("mlflow.user", "ada");
    assertThat(read(first).path("info").path("run_name").asText()).isEqualTo("pretraining");
    assertThat(runsOf(first)).hasSize(2);
  }

  private List<String> runsOf(String runId) {
    var body = MlflowRest.object();
    body.putArray("experiment_ids").add(read(runId).path("info").path("experiment_id").asText());
    List<String> ids = new ArrayList<>();
    rest.post("runs/search", body)
        .body()
        .path("runs")
        .forEach(run -> ids.add(run.path("info").path("run_id").asText()));
    return ids;
  }

  @Test
  void startRun_sameKeyInTwoExperiments_isTwoRuns() {
    String here = run("same");
    String there =
        tracker.startRun(
            new RunRequest(experiment + "-b", "run", "same", Optional.empty(), new TreeMap<>()));
    assertThat(there).isNotEqualTo(here);
  }

  @Test
  void startRun_whereALostAnswerLeftTwo_keepsTheFirst() {
    String first = run("lost");
    var twin =
        MlflowRest.object()
            .put("experiment_id", read(first).path("info").path("experiment_id").asText());
    twin.put("start_time", read(first).path("info").path("start_time").asLong() + 5);
    twin.putArray("tags").addObject().put("key", MlflowTracker.KEY_TAG).put("value", "lost");
    rest.post("runs/create", twin);
    assertThat(run("lost")).isEqualTo(first);
  }

  @Test
  void startRun_afterItEnded_isRunningAgain() {
    String id = run("again");
    tracker.endRun(id, RunStatus.FAILED, 1_000);
    assertThat(read(id).path("info").path("status").asText()).isEqualTo("FAILED");
    assertThat(run("again")).isEqualTo(id);
    assertThat(read(id).path("info").path("status").asText()).isEqualTo("RUNNING");
  }

  @Test
  void logMetrics_moreThanABatchTwice_leavesEachRowOnce() {
    String id = run("metrics");
    List<Metric> metrics = new ArrayList<>();
    for (int step = 0; step < 2500; step++) {
      metrics.add(new Metric("loss", 1.0 / (step + 1), step, 1_700_000_000_000L + step));
    }
    metrics.add(new Metric("odd", Double.NaN, 1, 5));
    metrics.add(new Metric("odd", Double.POSITIVE_INFINITY, 2, 6));
    metrics.add(metrics.getFirst());
    tracker.logMetrics(id, metrics);
    tracker.logMetrics(id, metrics);
    JsonNode history = history(id, "loss");
    assertThat(history).hasSize(2500);
    assertThat(history(id, "odd")).hasSize(2);
    JsonNode last = history.get(2499);
    assertThat(last.path("step").asLong()).isEqualTo(2499);
    assertThat(last.path("value").asDouble()).isEqualTo(1.0 / 2500);
  }

  @Test
  void histories_ofSeveralRuns_haveFirstAndLastAndNoMoreThanAsked() {
    String many = run("many");
    String few = run("few");
    List<Metric> metrics = new ArrayList<>();
    for (int step = 0; step < 300; step++) {
      metrics.add(new Metric("loss", step, step, 1_700_000_000_000L + step));
    }
    tracker.logMetrics(many, metrics);
    tracker.logMetrics(few, List.of(new Metric("loss", Double.NaN, 4, 5)));

    Map<String, List<MlflowRuns.Point>> histories =
        new MlflowRuns(new TrackingSettings(server.address(), "", ""))
            .histories(List.of(many, few, run("none")), "loss", 50);

    assertThat(histories).containsOnlyKeys(many, few);
    assertThat(histories.get(few)).containsExactly(new MlflowRuns.Point(4, 5, Double.NaN));
    List<MlflowRuns.Point> points = histories.get(many);
    assertThat(points)
        .hasSizeBetween(2, 50)
        .isSortedAccordingTo(Comparator.comparingLong(MlflowRuns.Point::step));
    assertThat(points.getFirst()).isEqualTo(new MlflowRuns.Point(0, 1_700_000_000_000L, 0));
    assertThat(points.getLast()).isEqualTo(new MlflowRuns.Point(299, 1_700_000_000_299L, 299));
  }

  @Test
  void logParamsAndTags_moreThanABatchTwice_leaveEachOnce() {
    String id = run("params");
    Map<String, String> params = new HashMap<>();
    for (int i = 0; i < 250; i++) {
      params.put("p" + i, "\u4e2d".repeat(i == 0 ? 6000 : 3000));
    }
    params.put("empty", "");
    tracker.logParams(id, params);
    tracker.logParams(id, params);
    assertThat(pairs(read(id).path("data").path("params"))).isEqualTo(params);
    Map<String, String> tags = new HashMap<>();
    for (int i = 0; i < 150; i++) {
      tags.put("t" + i, "v" + i);
    }
    tracker.setTags(id, tags);
    tracker.setTags(id, tags);
    tracker.setTags(id, Map.of("t0", "new"));
    assertThat(pairs(read(id).path("data").path("tags")))
        .containsEntry("t149", "v149")
        .containsEntry("t0", "new");
  }

  @Test
  void logParams_tooLongOrChanged_isAUserError() {
    String id = run("refused");
    assertThatThrownBy(() -> tracker.logParams(id, Map.of("recipe", "x".repeat(6001))))
        .satisfies(MlflowTrackerTest::assertUser)
        .hasMessageContaining("'recipe' has 6001 characters; MLflow keeps 6000");
    tracker.logParams(id, Map.of("steps", "1"));
    assertThatThrownBy(() -> tracker.logParams(id, Map.of("steps", "2")))
        .satisfies(MlflowTrackerTest::assertUser)
        .hasMessageContaining("steps");
    assertThatThrownBy(
            () -> tracker.logParams("0123456789abcdef0123456789abcdef", Map.of("a", "1")))
        .satisfies(MlflowTrackerTest::assertUser);
  }

  @Test
  void logArtifact_twice_isThereOnceWithItsBytes() throws Exception {
    String id = run("artifact");
    byte[] bytes = "# Report \u00e4".getBytes(StandardCharsets.UTF_8);
    tracker.logArtifact(id, "reports/before and after.md", bytes);
    tracker.logArtifact(id, "reports/before and after.md", bytes);
    JsonNode files =
        rest.get("artifacts/list", Map.of("run_id", id, "path", "reports")).body().path("files");
    assertThat(files).hasSize(1);
    assertThat(files.get(0).path("path").asText()).isEqualTo("reports/before and after.md");
    String root =
        read(id).path("info").path("artifact_uri").asText().replaceFirst("mlflow-artifacts:/", "");
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI uri =
          server
              .address()
              .resolve(
                  "/api/2.0/mlflow-artifacts/artifacts/"
                      + root
                      + "/reports/before%20and%20after.md");
      assertThat(http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofByteArray()).body())
          .isEqualTo(bytes);
    }
  }

  @Test
  void logDataset_twice_isOneInput() {
    String id = run("dataset");
    String sha256 = "0bd5feef0e78b4de4a04086af2ac578f2fa24a6217a999639a1dc33b41cd1041";
    for (int i = 0; i < 2; i++) {
      tracker.logDataset(id, "corpus", sha256, "s3://lyceum/artifacts/" + sha256, "training");
    }
    JsonNode inputs = read(id).path("inputs").path("dataset_inputs");
    assertThat(inputs).hasSize(1);
    JsonNode dataset = inputs.get(0).path("dataset");
    assertThat(dataset.path("digest").asText()).isEqualTo(sha256.substring(0, 36));
    assertThat(dataset.path("profile").asText()).contains(sha256);
    assertThat(pairs(inputs.get(0).path("tags"))).containsEntry("mlflow.data.context", "training");
  }

  @Test
  void endRun_twice_keepsStatusAndTime() {
    String id = run("end");
    tracker.endRun(id, RunStatus.FINISHED, 1_700_000_000_123L);
    tracker.endRun(id, RunStatus.FINISHED, 1_700_000_000_123L);
    assertThat(read(id).path("info").path("status").asText()).isEqualTo("FINISHED");
    assertThat(read(id).path("info").path("end_time").asLong()).isEqualTo(1_700_000_000_123L);
  }

  @Test
  void registerVersion_twice_isOneVersionAndKeysTellVersionsApart() {
    String id = run("register");
    Version first =
        tracker.registerVersion(
            line, "run-1", "s3://lyceum/artifacts/a", id, Map.of("lineage", "{\"a\": 'b'}"));
    assertThat(
            tracker.registerVersion(
                line, "run-1", "s3://lyceum/artifacts/a", id, Map.of("lineage", "{\"a\": 'b'}")))
        .isEqualTo(first);
    Version second =
        tracker.registerVersion(line, "run-2", "s3://lyceum/artifacts/b", id, Map.of());
    assertThat(first.version()).isEqualTo(1);
    assertThat(second.version()).isEqualTo(2);
    assertThat(first.runId()).isEqualTo(id);
    assertThat(first.tags())
        .containsEntry("lineage", "{\"a\": 'b'}")
        .containsEntry(MlflowTracker.KEY_TAG, "run-1");
    assertThat(tracker.versions(line)).containsExactly(first, second);
    assertThat(tracker.version(line, 2)).hasValue(second);
    assertThat(tracker.version(line, 3)).isEmpty();
    assertThat(tracker.version("no-such-line", 1)).isEmpty();
    assertThat(tracker.versions("no-such-line")).isEmpty();
    assertThat(tracker.modelLines()).contains(line);
    tracker.setVersionTags(line, 2, Map.of("state", "champion"));
    tracker.setVersionTags(line, 2, Map.of("state", "champion"));
    assertThat(tracker.version(line, 2).orElseThrow().tags()).containsEntry("state", "champion");
  }

  @Test
  void aliases_moveAndGoAndMayBeRepeated() {
    String id = run("aliases");
    assertThat(tracker.aliases(line)).isEmpty();
    tracker.registerVersion(line, "a", "s3://lyceum/a", id, Map.of());
    tracker.registerVersion(line, "b", "s3://lyceum/b", id, Map.of());
    for (int i = 0; i < 2; i++) {
      tracker.setAlias(line, "champion", 1);
      tracker.setAlias(line, "candidate", 2);
    }
    tracker.setAlias(line, "champion", 2);
    assertThat(tracker.aliases(line))
        .containsExactly(Map.entry("candidate", 2), Map.entry("champion", 2));
    tracker.removeAlias(line, "candidate");
    tracker.removeAlias(line, "candidate");
    assertThat(tracker.aliases(line)).containsExactly(Map.entry("champion", 2));
    assertThatThrownBy(() -> tracker.setAlias(line, "champion", 9))
        .satisfies(MlflowTrackerTest::assertUser);
  }

  @Test
  void runUrl_isAPageOfTheServer() {
    String id = run("url");
    assertThat(tracker.runUrl(id))
        .isEqualTo(
            server.address()
                + "/#/experiments/"
                + read(id).path("info").path("experiment_id").asText()
                + "/runs/"
                + id);
  }

  private static void assertUser(Throwable e) {
    assertThat(e)
        .isInstanceOfSatisfying(
            LyceumException.class, x -> assertThat(x.category()).isEqualTo(ErrorCategory.USER));
  }
}
