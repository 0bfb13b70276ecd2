package lyceum.connectors.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** What was recorded in MLflow, read back for people: runs, curves, model lines. */
public final class MlflowRuns {
  private static final int HISTORY_PAGE = 25_000;
  private static final int NESTED = 100;
  private static final int LINES = 1000;

  private final MlflowRest rest;
  // The experiment of a run never changes.
  private final Map<String, String> experiments = new ConcurrentHashMap<>();

  public MlflowRuns(TrackingSettings settings) {
    // A page waits for the answer: better an early failure than a late one.
    this.rest =
        new MlflowRest(
            settings.uri(), MlflowTracker.authorization(settings), 1, Duration.ofMillis(100));
  }

  /**
   * A run.
   *
   * @param metrics the newest point of each
   */
  public record TrackedRun(
      String runId,
      String name,
      SortedMap<String, String> tags,
      SortedMap<String, String> params,
      SortedMap<String, Point> metrics) {}

  /** One point of a curve. */
  public record Point(long step, long atMillis, double value) {}

  /** A model line with the versions that its aliases point to. */
  public record Line(
      String name, int newestVersion, long changedMillis, SortedMap<String, Integer> aliases) {}

  public Optional<TrackedRun> run(String runId) {
    MlflowRest.Answer answer = rest.get("runs/get", Map.of("run_id", runId), MlflowRest.MISSING);
    return answer.errorCode().isPresent()
        ? Optional.empty()
        : Optional.of(run(answer.body().path("run")));
  }

  /** The runs nested in this one: those of a life's stages. */
  public List<TrackedRun> nested(String runId) {
    String experiment = experiment(runId);
    ObjectNode body = MlflowRest.object();
    body.putArray("experiment_ids").add(experiment);
    body.put("filter", "tags.`mlflow.parentRunId` = '" + runId + "'");
    body.put("max_results", NESTED);
    body.putArray("order_by").add("attributes.start_time ASC");
    List<TrackedRun> found = new ArrayList<>();
    rest.post("runs/search", body).body().path("runs").forEach(run -> found.add(run(run)));
    return found;
  }

  private String experiment(String runId) {
    String known = experiments.get(runId);
    if (known == null) {
      known =
          rest.get("runs/get", Map.of("run_id", runId))
              .body()
              .path("run")
              .path("info")
              .path("experiment_id")
              .asText();
      experiments.put(runId, known);
    }
    return known;
  }

  private static TrackedRun run(JsonNode run) {
    JsonNode data = run.path("data");
    SortedMap<String, Point> metrics = new TreeMap<>();
    data.path("metrics").forEach(metric -> metrics.put(metric.path("key").asText(), point(metric)));
    return new TrackedRun(
        run.path("info").path("run_id").asText(),
        run.path("info").path("run_name").asText(),
        texts(data.path("tags")),
        texts(data.path("params")),
        metrics);
  }

  private static SortedMap<String, String> texts(JsonNode pairs) {
    SortedMap<String, String> texts = new TreeMap<>();
    pairs.forEach(pair -> texts.put(pair.path("key").asText(), pair.path("value").asText()));
    return texts;
  }

  private static Point point(JsonNode metric) {
    JsonNode value = metric.path("value");
    return new Point(
        metric.path("step").asLong(),
        metric.path("timestamp").asLong(),
        value.isNumber() ? value.asDouble() : Double.NaN);
  }

  /** All points of a metric in the order in which they were recorded. */
  public List<Point> history(String runId, String key) {
    List<Point> points = new ArrayList<>();
    String token = "";
    do {
      SortedMap<String, String> query =
          new TreeMap<>(
              Map.of(
                  "run_id",
                  runId,
                  "metric_key",
                  key,
                  "max_results",
                  Integer.toString(HISTORY_PAGE)));
      if (!token.isEmpty()) {
        query.put("page_token", token);
      }
      JsonNode page = rest.get("metrics/get-history", query).body();
      page.path("metrics").forEach(metric -> points.add(point(metric)));
      token = page.path("next_page_token").asText("");
    } while (!token.isEmpty());
    return points;
  }

  /**
   * Points of a metric in several runs, with one request for up to a hundred of them.
   *
   * @param most points of a run, at most 2,500; where there are more, the server chooses them
   *     evenly, the first and the last among them
   * @return points by run, in the order of their steps; runs without the metric are left out
   */
  public SortedMap<String, List<Point>> histories(List<String> runIds, String key, int most) {
    SortedMap<String, List<Point>> found = new TreeMap<>();
    for (int from = 0; from < runIds.size(); from += NESTED) {
      StringBuilder query =
          new StringBuilder(
              MlflowRest.encode(
                  new TreeMap<>(Map.of("metric_key", key, "max_results", Integer.toString(most)))));
      runIds
          .subList(from, Math.min(runIds.size(), from + NESTED))
          .forEach(id -> query.append("&run_ids=").append(id));
      rest.getForPages("metrics/get-history-bulk-interval", query.toString())
          .body()
          .path("metrics")
          .forEach(
              metric ->
                  found
                      .computeIfAbsent(metric.path("run_id").asText(), id -> new ArrayList<>())
                      .add(point(metric)));
    }
    return found;
  }

  /** The model lines, all of them with one request. */
  public List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    JsonNode answer =
        rest.get("registered-models/search", Map.of("max_results", Integer.toString(LINES))).body();
    for (JsonNode model : answer.path("registered_models")) {
      SortedMap<String, Integer> aliases = new TreeMap<>();
      model
          .path("aliases")
          .forEach(
              alias -> aliases.put(alias.path("alias").asText(), alias.path("version").asInt()));
      int newest = 0;
      for (JsonNode version : model.path("latest_versions")) {
        newest = Math.max(newest, version.path("version").asInt());
      }
      lines.add(
          new Line(
              model.path("name").asText(),
              newest,
              model.path("last_updated_timestamp").asLong(),
              aliases));
    }
    return lines;
  }
}
