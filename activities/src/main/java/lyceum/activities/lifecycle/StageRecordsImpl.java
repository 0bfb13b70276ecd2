package lyceum.activities.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.contracts.Payloads;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.contracts.deployment.DeploymentResult;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.StageCodeVersions;
import lyceum.contracts.lifecycle.StageContext;
import lyceum.contracts.lifecycle.StageRecords;
import lyceum.contracts.tokenizer.ParentModel;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelServer;
import lyceum.core.Score;
import lyceum.core.Sha256;
import lyceum.core.Stage;
import lyceum.core.Tracker;
import lyceum.core.signing.ModelSignatures;

/**
 * Keeps a record of every finished stage under its key in object storage, and mirrors stages as
 * nested tracking runs.
 *
 * <p>A record is used again only where every artifact that it names is still there with the right
 * bytes.
 */
public final class StageRecordsImpl implements StageRecords {
  private final ArtifactStore store;
  private final Tracker tracker;
  private final ModelServer server;
  private final ModelSignatures signatures;
  private final Clock clock;

  public StageRecordsImpl(
      ArtifactStore store,
      Tracker tracker,
      ModelServer server,
      ModelSignatures signatures,
      Clock clock) {
    this.store = store;
    this.tracker = tracker;
    this.server = server;
    this.signatures = signatures;
    this.clock = clock;
  }

  /**
   * A finished stage as kept.
   *
   * @param finishedAtMillis when it was first closed; a second close uses the same moment, so that
   *     no score is recorded twice
   */
  record Kept(
      Stage stage,
      String key,
      String runId,
      String trackingRunId,
      String inputJson,
      String resultJson,
      List<Score> scores,
      long finishedAtMillis) {}

  @Override
  public String openLife(LifecycleRequest request) {
    SortedMap<String, String> tags = new TreeMap<>();
    tags.put("lyceum.run_id", request.runId());
    tags.put("lyceum.recipe", request.recipe().name());
    tags.put("lyceum.requested_by", request.requestedBy());
    tags.put("lyceum.workflow_id", request.runId());
    String id =
        tracker.startRun(
            new Tracker.RunRequest(
                request.recipe().name(), request.runId(), request.runId(), Optional.empty(), tags));
    tracker.logParams(
        id,
        Map.of(
            "seed",
            Long.toString(request.recipe().seed()),
            "model_line",
            request.recipe().modelLine()));
    tracker.logArtifact(
        id, "recipe.json", Payloads.toJson(request.recipe()).getBytes(StandardCharsets.UTF_8));
    return id;
  }

  @Override
  public void closeLife(CloseLife request) {
    if (!request.note().isBlank()) {
      tracker.setTags(request.trackingRunId(), Map.of("lyceum.note", request.note()));
    }
    logScores(request.trackingRunId(), request.scores(), request.endedAtMillis());
    tracker.endRun(
        request.trackingRunId(),
        request.succeeded() ? Tracker.RunStatus.FINISHED : Tracker.RunStatus.FAILED,
        request.endedAtMillis());
  }

  @Override
  public StageOpening open(OpenStage request) {
    String key = key(request.stage(), request.inputJson());
    StageContext context = request.context();
    SortedMap<String, String> tags = new TreeMap<>();
    tags.put("lyceum.run_id", context.runId());
    tags.put("lyceum.stage", request.stage().noun());
    tags.put("lyceum.stage_key", key);
    tags.put("lyceum.workflow_id", context.runId() + "-" + request.stage().noun());
    String runId =
        tracker.startRun(
            new Tracker.RunRequest(
                context.recipe(),
                context.runId() + "/" + request.stage().noun(),
                context.runId() + "/" + request.stage().noun(),
                Optional.of(context.parentTrackingRunId()),
                tags));
    tracker.logParams(runId, settings(request.inputJson()));
    if (context.fresh()) {
      return new StageOpening(key, runId, null, "Every stage of this run is made anew, as asked.");
    }
    Optional<Kept> kept = kept(request.stage(), key);
    if (kept.isEmpty()) {
      return new StageOpening(
          key, runId, null, "Nothing with the same inputs, settings and code is on hand.");
    }
    Optional<String> obstacle = obstacle(request.stage(), context, kept.get());
    if (obstacle.isPresent()) {
      return new StageOpening(key, runId, null, obstacle.get());
    }
    // Nothing will run: the stage's tracking run shows the figures on hand and where they come
    // from.
    tracker.setTags(runId, Map.of("lyceum.reused_from", kept.get().runId()));
    logScores(runId, kept.get().scores(), kept.get().finishedAtMillis());
    tracker.endRun(runId, Tracker.RunStatus.FINISHED, clock.millis());
    return new StageOpening(
        key,
        runId,
        kept.get().resultJson(),
        "Same inputs, settings and code as in run "
            + kept.get().runId()
            + "; every byte is still there.");
  }

  @Override
  public void close(CloseStage request) {
    String name = recordName(request.stage(), request.key());
    long finishedAt =
        kept(request.stage(), request.key())
            .filter(kept -> kept.runId().equals(request.context().runId()))
            .map(Kept::finishedAtMillis)
            .orElseGet(clock::millis);
    Kept record =
        new Kept(
            request.stage(),
            request.key(),
            request.context().runId(),
            request.trackingRunId(),
            request.inputJson(),
            request.resultJson(),
            request.scores(),
            finishedAt);
    byte[] json = Payloads.toJson(record).getBytes(StandardCharsets.UTF_8);
    store.putDocument(name, json);
    logScores(request.trackingRunId(), request.scores(), finishedAt);
    tracker.logArtifact(request.trackingRunId(), "stage.json", json);
    if (request.stage() == Stage.CORPUS) {
      CorpusResult corpus = Payloads.fromJson(request.resultJson(), CorpusResult.class);
      for (CorpusResult.SourceCount source : corpus.sources()) {
        tracker.logDataset(
            request.trackingRunId(), source.name(), source.sha256(), source.licence(), "corpus");
      }
    }
    if (request.stage() == Stage.TOKENIZER) {
      JsonNode adopted = tree(request.resultJson()).path("parent");
      if (adopted.isObject()) {
        ParentModel parent = Payloads.fromJson(adopted.toString(), ParentModel.class);
        tracker.logDataset(
            request.trackingRunId(), parent.name(), parent.digest(), parent.licence(), "parent");
        tracker.setTags(
            request.trackingRunId(),
            Map.of(
                "lyceum.parent", parent.uri().toString(), "lyceum.parent_sha256", parent.digest()));
      }
    }
    registerModels(request);
    tracker.endRun(request.trackingRunId(), Tracker.RunStatus.FINISHED, finishedAt);
  }

  @Override
  public void fail(FailStage request) {
    tracker.setTags(request.trackingRunId(), Map.of("lyceum.failure", request.reason()));
    tracker.endRun(
        request.trackingRunId(),
        request.cancelled() ? Tracker.RunStatus.KILLED : Tracker.RunStatus.FAILED,
        clock.millis());
  }

  /**
   * The hash of the stage's contract, its settings and the code version that gives them meaning.
   */
  static String key(Stage stage, String inputJson) {
    return Sha256.of(stage.noun() + "\n" + StageCodeVersions.of(stage) + "\n" + inputJson);
  }

  /** Every artifact that the JSON names, wherever it stands. */
  static List<ArtifactRef> artifacts(JsonNode json) {
    List<ArtifactRef> found = new ArrayList<>();
    collectArtifacts(json, found);
    return found;
  }

  private static void collectArtifacts(JsonNode node, List<ArtifactRef> found) {
    if (node.isObject() && node.has("uri") && node.has("sha256") && node.has("bytes")) {
      found.add(
          new ArtifactRef(
              URI.create(node.get("uri").asText()),
              node.get("sha256").asText(),
              node.get("bytes").asLong()));
      return;
    }
    node.forEach(child -> collectArtifacts(child, found));
  }

  /** Why the kept result cannot stand in, if it cannot. */
  private Optional<String> obstacle(Stage stage, StageContext context, Kept kept) {
    for (ArtifactRef artifact : artifacts(tree(kept.resultJson()))) {
      if (!store.isIntact(artifact)) {
        return Optional.of(
            "The result of run "
                + kept.runId()
                + " is on hand, but "
                + artifact.uri()
                + " is missing or damaged.");
      }
    }
    if (stage == Stage.DEPLOYMENT) {
      DeploymentResult result = Payloads.fromJson(kept.resultJson(), DeploymentResult.class);
      Integer champion = tracker.aliases(context.modelLine()).get("champion");
      if (champion == null || champion != result.version()) {
        return Optional.of(
            "Version " + result.version() + " was deployed before but is not the champion now.");
      }
      boolean serving =
          server
              .served()
              .filter(
                  served ->
                      served.modelLine().equals(result.modelLine())
                          && served.version() == result.version())
              .isPresent();
      if (!serving) {
        return Optional.of(
            "Version " + result.version() + " is the champion but no server answers with it.");
      }
    }
    return Optional.empty();
  }

  /**
   * Every model that a training stage made is a version of the line, registered once however often
   * the stage is closed.
   */
  private void registerModels(CloseStage request) {
    JsonNode result = tree(request.resultJson());
    String part =
        switch (request.stage()) {
          case PRETRAINING, FINETUNING, ALIGNMENT -> "trained";
          case DISTILLATION -> "student";
          case CORPUS, TOKENIZER, EVALUATION, DEPLOYMENT -> "";
        };
    if (part.isEmpty()) {
      return;
    }
    ModelArtifact model =
        Payloads.fromJson(result.get(part).get("model").toString(), ModelArtifact.class);
    ModelVersions.register(
        tracker,
        signatures,
        request.context().modelLine(),
        model,
        request.trackingRunId(),
        Map.of("lyceum.stage", request.stage().noun(), "lyceum.run_id", request.context().runId()));
  }

  private void logScores(String trackingRunId, List<Score> scores, long atMillis) {
    List<Tracker.Metric> metrics = new ArrayList<>();
    for (Score score : scores) {
      metrics.add(new Tracker.Metric(score.key(), score.value(), 0, atMillis));
      if (score.standardError() > 0) {
        metrics.add(
            new Tracker.Metric(
                score.key() + "_standard_error", score.standardError(), 0, atMillis));
      }
    }
    tracker.logMetrics(trackingRunId, metrics);
  }

  private Optional<Kept> kept(Stage stage, String key) {
    return store
        .getDocument(recordName(stage, key))
        .map(bytes -> Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), Kept.class));
  }

  private static String recordName(Stage stage, String key) {
    return "stages/" + stage.noun() + "/" + key + ".json";
  }

  private static JsonNode tree(String json) {
    return Payloads.fromJson(json, JsonNode.class);
  }

  /**
   * The numbers and words of the settings under dotted names; long values are in the stage's
   * artifact.
   */
  private static Map<String, String> settings(String inputJson) {
    Map<String, String> params = new TreeMap<>();
    JsonNode input = tree(inputJson);
    if (input.has("settings")) {
      flatten("", input.get("settings"), params);
    }
    if (input.has("model") && input.get("model").has("layers")) {
      flatten("model", input.get("model"), params);
    }
    if (input.has("seed")) {
      params.put("seed", input.get("seed").asText());
    }
    return params;
  }

  private static void flatten(String path, JsonNode node, Map<String, String> params) {
    if (node.isValueNode()) {
      String text = node.asText();
      params.put(path, text.length() <= 500 ? text : text.substring(0, 497) + "...");
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(path + "." + i, node.get(i), params);
      }
    } else {
      node.properties()
          .forEach(
              field ->
                  flatten(
                      path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                      field.getValue(),
                      params));
    }
  }
}
