package lyceum.connectors.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import lyceum.core.LyceumException;
import lyceum.core.Tracker;

/**
 * Runs, metrics and model versions in MLflow 3.
 *
 * <p>MLflow has no idempotency keys. A run and a version therefore carry their key in the tag
 * {@code lyceum.key} and are looked for before and after they are made; where an answer was lost
 * and two were made, the first stays and the second is removed. Metrics are rows that MLflow itself
 * keeps once when key, value, step and time are equal.
 */
public final class MlflowTracker implements Tracker {
  /** Tag of runs and versions by which they are found again. */
  public static final String KEY_TAG = "lyceum.key";

  private static final int METRICS_A_BATCH = 1000;
  private static final int PARAMS_A_BATCH = 100;

  /** MLflow cuts longer params off without a word. */
  private static final int PARAM_LENGTH = 6000;

  /** MLflow cuts longer run tags off without a word. */
  private static final int TAG_LENGTH = 8000;

  private static final int VERSION_TAG_LENGTH = 100_000;

  /** A request must stay below 1 MB; a character may take three bytes. */
  private static final int BATCH_CHARACTERS = 250_000;

  private static final int DIGEST_LENGTH = 36;
  private static final int PAGE = 200;
  private static final String ARTIFACT_SCHEME = "mlflow-artifacts:";

  private final MlflowRest rest;
  private final Map<String, RunInfo> runs = new ConcurrentHashMap<>();

  private record RunInfo(String experimentId, String artifactUri) {}

  /** A tracker that sends no credentials. */
  public MlflowTracker(URI server) {
    this(new TrackingSettings(server, "", ""));
  }

  public MlflowTracker(TrackingSettings settings) {
    this(settings, 5, Duration.ofMillis(300));
  }

  MlflowTracker(TrackingSettings settings, int maxRetries, Duration firstDelay) {
    this.rest = new MlflowRest(settings.uri(), authorization(settings), maxRetries, firstDelay);
  }

  static Map<String, String> authorization(TrackingSettings settings) {
    if (settings.username().isEmpty()) {
      return Map.of();
    }
    String pair = settings.username() + ":" + settings.password();
    return Map.of(
        "Authorization",
        "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public String startRun(RunRequest request) {
    requireFilterable("run key", request.key());
    String experimentId = experiment(request.experiment());
    Optional<JsonNode> found = findRun(experimentId, request.key());
    if (found.isPresent()) {
      return goOn(found.get(), request);
    }
    ObjectNode body = MlflowRest.object();
    body.put("experiment_id", experimentId);
    body.put("run_name", request.name());
    body.put("start_time", System.currentTimeMillis());
    ArrayNode tags = body.putArray("tags");
    runTags(request).forEach((key, value) -> tags.addObject().put("key", key).put("value", value));
    JsonNode made = rest.post("runs/create", body).body().path("run");
    String id = made.path("info").path("run_id").asText();
    remember(made);
    String first =
        findRun(experimentId, request.key()).orElse(made).path("info").path("run_id").asText();
    if (!first.equals(id)) {
      rest.post("runs/delete", MlflowRest.object().put("run_id", id));
    }
    return first;
  }

  private SortedMap<String, String> runTags(RunRequest request) {
    SortedMap<String, String> tags = new TreeMap<>(request.tags());
    tags.put(KEY_TAG, request.key());
    tags.put("mlflow.runName", request.name());
    tags.putIfAbsent("mlflow.user", System.getProperty("user.name", "lyceum"));
    request.parentRunId().ifPresent(parent -> tags.put("mlflow.parentRunId", parent));
    requireLengths("tag", tags, TAG_LENGTH);
    return tags;
  }

  private String goOn(JsonNode run, RunRequest request) {
    String id = run.path("info").path("run_id").asText();
    setTags(id, runTags(request));
    if (!run.path("info").path("status").asText().equals("RUNNING")) {
      rest.post("runs/update", MlflowRest.object().put("run_id", id).put("status", "RUNNING"));
    }
    return id;
  }

  /** The first run with this key, by start and then by id. */
  private Optional<JsonNode> findRun(String experimentId, String key) {
    ObjectNode body = MlflowRest.object();
    body.putArray("experiment_ids").add(experimentId);
    body.put("filter", "tags.`" + KEY_TAG + "` = '" + key + "'");
    body.put("run_view_type", "ACTIVE_ONLY");
    body.put("max_results", 10);
    body.putArray("order_by").add("attributes.start_time ASC");
    List<JsonNode> found = new ArrayList<>();
    rest.post("runs/search", body).body().path("runs").forEach(found::add);
    found.forEach(this::remember);
    return found.stream()
        .min(
            Comparator.<JsonNode>comparingLong(run -> run.path("info").path("start_time").asLong())
                .thenComparing(run -> run.path("info").path("run_id").asText()));
  }

  private String experiment(String name) {
    for (int attempt = 0; attempt < 2; attempt++) {
      MlflowRest.Answer answer =
          rest.get("experiments/get-by-name", Map.of("experiment_name", name), MlflowRest.MISSING);
      if (answer.errorCode().isEmpty()) {
        JsonNode experiment = answer.body().path("experiment");
        if (experiment.path("lifecycle_stage").asText().equals("deleted")) {
          throw LyceumException.user(
              "The MLflow experiment '"
                  + name
                  + "' was deleted. Fix: restore it in MLflow, or name the recipe otherwise.");
        }
        return experiment.path("experiment_id").asText();
      }
      MlflowRest.Answer made =
          rest.post("experiments/create", newExperiment(name), MlflowRest.EXISTS);
      if (made.errorCode().isEmpty()) {
        return made.body().path("experiment_id").asText();
      }
    }
    throw LyceumException.external("MLflow neither finds nor makes the experiment '" + name + "'.");
  }

  /** Its page opens on training runs; without the tag it opens on traces of agents. */
  private static ObjectNode newExperiment(String name) {
    ObjectNode experiment = MlflowRest.object().put("name", name);
    experiment
        .putArray("tags")
        .addObject()
        .put("key", "mlflow.experimentKind")
        .put("value", "custom_model_development");
    return experiment;
  }

  @Override
  public void logParams(String runId, Map<String, String> params) {
    requireLengths("param", params, PARAM_LENGTH);
    inBatches(params, batch -> logBatch(runId, "params", batch));
  }

  @Override
  public void setTags(String runId, Map<String, String> tags) {
    requireLengths("tag", tags, TAG_LENGTH);
    inBatches(tags, batch -> logBatch(runId, "tags", batch));
  }

  private void logBatch(String runId, String field, SortedMap<String, String> entries) {
    ObjectNode body = MlflowRest.object().put("run_id", runId);
    ArrayNode rows = body.putArray(field);
    entries.forEach((key, value) -> rows.addObject().put("key", key).put("value", value));
    rest.post("runs/log-batch", body);
  }

  private static void inBatches(
      Map<String, String> entries, Consumer<SortedMap<String, String>> send) {
    SortedMap<String, String> batch = new TreeMap<>();
    int characters = 0;
    for (Map.Entry<String, String> entry : new TreeMap<>(entries).entrySet()) {
      int length = entry.getKey().length() + entry.getValue().length();
      if (batch.size() == PARAMS_A_BATCH
          || (characters + length > BATCH_CHARACTERS && !batch.isEmpty())) {
        send.accept(batch);
        batch = new TreeMap<>();
        characters = 0;
      }
      batch.put(entry.getKey(), entry.getValue());
      characters += length;
    }
    if (!batch.isEmpty()) {
      send.accept(batch);
    }
  }

  @Override
  public void logMetrics(String runId, List<Metric> metrics) {
    List<Metric> rows = List.copyOf(new LinkedHashSet<>(metrics));
    for (int from = 0; from < rows.size(); from += METRICS_A_BATCH) {
      ObjectNode body = MlflowRest.object().put("run_id", runId);
      ArrayNode points = body.putArray("metrics");
      for (Metric metric : rows.subList(from, Math.min(rows.size(), from + METRICS_A_BATCH))) {
        points
            .addObject()
            .put("key", metric.key())
            .put("value", metric.value())
            .put("timestamp", metric.timestampMillis())
            .put("step", metric.step());
      }
      rest.post("runs/log-batch", body);
    }
  }

  @Override
  public void logArtifact(String runId, String path, byte[] bytes) {
    String root = run(runId).artifactUri();
    if (!root.startsWith(ARTIFACT_SCHEME)) {
      throw LyceumException.user(
          "MLflow at "
              + rest.server()
              + " keeps artifacts at "
              + root
              + " and takes none itself. Fix: start it with --serve-artifacts --artifacts-destination.");
    }
    String relative =
        root.substring(ARTIFACT_SCHEME.length())
            .replaceFirst("^//[^/]*", "")
            .replaceFirst("^/+", "");
    rest.putArtifact(relative + "/" + path, bytes);
  }

  @Override
  public void logDataset(String runId, String name, String sha256, String source, String context) {
    ObjectNode body = MlflowRest.object().put("run_id", runId);
    ObjectNode input = body.putArray("datasets").addObject();
    input.putArray("tags").addObject().put("key", "mlflow.data.context").put("value", context);
    boolean web = source.startsWith("http:") || source.startsWith("https:");
    String type = web ? "http" : source.startsWith("s3:") ? "s3" : "local";
    input
        .putObject("dataset")
        .put("name", name)
        .put("digest", sha256.substring(0, Math.min(DIGEST_LENGTH, sha256.length())))
        .put("source_type", type)
        .put("source", MlflowRest.object().put(web ? "url" : "uri", source).toString())
        .put("profile", MlflowRest.object().put("sha256", sha256).toString());
    rest.post("runs/log-inputs", body);
  }

  @Override
  public void endRun(String runId, RunStatus status, long endTimeMillis) {
    rest.post(
        "runs/update",
        MlflowRest.object()
            .put("run_id", runId)
            .put("status", status.name())
            .put("end_time", endTimeMillis));
  }

  @Override
  public Version registerVersion(
      String modelLine, String key, String source, String runId, Map<String, String> tags) {
    requireFilterable("version key", key);
    requireFilterable("model line", modelLine);
    requireLengths("tag", tags, VERSION_TAG_LENGTH);
    Optional<Version> found = findVersion(modelLine, key);
    if (found.isPresent()) {
      return found.get();
    }
    rest.post(
        "registered-models/create", MlflowRest.object().put("name", modelLine), MlflowRest.EXISTS);
    ObjectNode body =
        MlflowRest.object().put("name", modelLine).put("source", source).put("run_id", runId);
    ArrayNode rows = body.putArray("tags");
    SortedMap<String, String> all = new TreeMap<>(tags);
    all.put(KEY_TAG, key);
    all.forEach((name, value) -> rows.addObject().put("key", name).put("value", value));
    Version made = version(rest.post("model-versions/create", body).body().path("model_version"));
    Version first = findVersion(modelLine, key).orElse(made);
    if (first.version() != made.version()) {
      rest.delete(
          "model-versions/delete",
          MlflowRest.object()
              .put("name", modelLine)
              .put("version", Integer.toString(made.version())));
    }
    return first;
  }

  private Optional<Version> findVersion(String modelLine, String key) {
    return search("name='" + modelLine + "' and tags.`" + KEY_TAG + "` = '" + key + "'").stream()
        .filter(version -> key.equals(version.tags().get(KEY_TAG)))
        .min(Comparator.comparingInt(Version::version));
  }

  @Override
  public Optional<Version> version(String modelLine, int version) {
    MlflowRest.Answer answer =
        rest.get(
            "model-versions/get",
            Map.of("name", modelLine, "version", Integer.toString(version)),
            MlflowRest.MISSING);
    return answer.errorCode().isPresent()
        ? Optional.empty()
        : Optional.of(version(answer.body().path("model_version")));
  }

  @Override
  public List<Version> versions(String modelLine) {
    requireFilterable("model line", modelLine);
    return search("name='" + modelLine + "'").stream()
        .sorted(Comparator.comparingInt(Version::version))
        .toList();
  }

  private List<Version> search(String filter) {
    List<Version> found = new ArrayList<>();
    pages(
        "model-versions/search",
        Map.of("filter", filter),
        "model_versions",
        node -> found.add(version(node)));
    return found;
  }

  private static Version version(JsonNode node) {
    SortedMap<String, String> tags = new TreeMap<>();
    node.path("tags")
        .forEach(tag -> tags.put(tag.path("key").asText(), tag.path("value").asText()));
    return new Version(
        node.path("name").asText(),
        node.path("version").asInt(),
        node.path("source").asText(),
        node.path("run_id").asText(""),
        Collections.unmodifiableSortedMap(tags));
  }

  @Override
  public List<String> modelLines() {
    List<String> names = new ArrayList<>();
    pages(
        "registered-models/search",
        Map.of(),
        "registered_models",
        node -> names.add(node.path("name").asText()));
    names.sort(null);
    return names;
  }

  private void pages(
      String method, Map<String, String> query, String field, Consumer<JsonNode> row) {
    String token = "";
    do {
      SortedMap<String, String> page = new TreeMap<>(query);
      page.put("max_results", Integer.toString(PAGE));
      if (!token.isEmpty()) {
        page.put("page_token", token);
      }
      JsonNode answer = rest.get(method, page).body();
      answer.path(field).forEach(row);
      token = answer.path("next_page_token").asText("");
    } while (!token.isEmpty());
  }

  @Override
  public void setVersionTags(String modelLine, int version, Map<String, String> tags) {
    requireLengths("tag", tags, VERSION_TAG_LENGTH);
    new TreeMap<>(tags)
        .forEach(
            (key, value) ->
                rest.post(
                    "model-versions/set-tag",
                    MlflowRest.object()
                        .put("name", modelLine)
                        .put("version", Integer.toString(version))
                        .put("key", key)
                        .put("value", value)));
  }

  @Override
  public void setAlias(String modelLine, String alias, int version) {
    rest.post(
        "registered-models/alias",
        MlflowRest.object()
            .put("name", modelLine)
            .put("alias", alias)
            .put("version", Integer.toString(version)));
  }

  @Override
  public void removeAlias(String modelLine, String alias) {
    rest.delete(
        "registered-models/alias",
        MlflowRest.object().put("name", modelLine).put("alias", alias),
        MlflowRest.MISSING);
  }

  @Override
  public SortedMap<String, Integer> aliases(String modelLine) {
    SortedMap<String, Integer> aliases = new TreeMap<>();
    MlflowRest.Answer answer =
        rest.get("registered-models/get", Map.of("name", modelLine), MlflowRest.MISSING);
    answer
        .body()
        .path("registered_model")
        .path("aliases")
        .forEach(alias -> aliases.put(alias.path("alias").asText(), alias.path("version").asInt()));
    return aliases;
  }

  @Override
  public String runUrl(String runId) {
    return rest.server() + "/#/experiments/" + run(runId).experimentId() + "/runs/" + runId;
  }

  private RunInfo run(String runId) {
    RunInfo known = runs.get(runId);
    return known != null
        ? known
        : remember(rest.get("runs/get", Map.of("run_id", runId)).body().path("run"));
  }

  /** Neither figure of a run ever changes. */
  private RunInfo remember(JsonNode run) {
    JsonNode info = run.path("info");
    RunInfo known =
        new RunInfo(info.path("experiment_id").asText(), info.path("artifact_uri").asText());
    runs.put(info.path("run_id").asText(), known);
    return known;
  }

  private static void requireLengths(String kind, Map<String, String> entries, int most) {
    entries.forEach(
        (key, value) -> {
          if (value.length() > most) {
            throw LyceumException.user(
                String.format(
                    Locale.ROOT,
                    "The %s '%s' has %d characters; MLflow keeps %d. Fix: log it as an artifact.",
                    kind,
                    key,
                    value.length(),
                    most));
          }
        });
  }

  /** MLflow's filter language knows no escape for its quotes. */
  private static void requireFilterable(String what, String value) {
    if (value.isBlank() || value.matches("(?s).*['\"`\\\\%\\n].*") || value.length() > 1000) {
      throw LyceumException.user(
          "The " + what + " '" + value + "' must not be empty nor hold quotes, % or back-slashes.");
    }
  }
}
