package lyceum.activities.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lyceum.activities.lifecycle.ModelVersions;
import lyceum.contracts.Payloads;
import lyceum.contracts.deployment.DeploymentActivities;
import lyceum.contracts.deployment.DeploymentResult.SmokeAnswer;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelServer;
import lyceum.core.Tracker;

/** Registers candidates, serves versions, asks the server, moves aliases. */
public final class DeploymentActivitiesImpl implements DeploymentActivities {
  private static final String CANDIDATE = "candidate";
  private static final String CHAMPION = "champion";
  private static final String PREVIOUS = "previous";
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

  private final ArtifactStore store;
  private final Tracker tracker;
  private final ModelServer server;
  private final Clock clock;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  public DeploymentActivitiesImpl(
      ArtifactStore store, Tracker tracker, ModelServer server, Clock clock) {
    this.store = store;
    this.tracker = tracker;
    this.server = server;
    this.clock = clock;
  }

  @Override
  public int register(RegisterRequest request) {
    byte[] certificate = request.input().lineageJson().getBytes(StandardCharsets.UTF_8);
    ArtifactRef lineage = store.put(certificate);
    tracker.logArtifact(request.trackingRunId(), "birth-certificate.json", certificate);
    Tracker.Version version =
        ModelVersions.register(
            tracker,
            request.modelLine(),
            request.input().candidate(),
            request.trackingRunId(),
            Map.of("lyceum.birth_certificate", lineage.uri().toString()));
    tracker.setAlias(request.modelLine(), CANDIDATE, version.version());
    return version.version();
  }

  @Override
  public int champion(String modelLine) {
    return tracker.aliases(modelLine).getOrDefault(CHAMPION, 0);
  }

  @Override
  public URI serve(ServeRequest request) {
    return server.serve(
        request.modelLine(), request.version(), model(request.modelLine(), request.version()));
  }

  @Override
  public List<SmokeAnswer> smoke(SmokeRequest request) {
    String digest = model(request.modelLine(), request.version()).digest();
    List<SmokeAnswer> answers = new ArrayList<>();
    for (String prompt : request.prompts()) {
      answers.add(new SmokeAnswer(prompt, ask(request, prompt, digest)));
    }
    return answers;
  }

  @Override
  public void moveAlias(MoveAliasRequest request) {
    if (request.previousVersion() > 0 && request.previousVersion() != request.version()) {
      tracker.setAlias(request.modelLine(), PREVIOUS, request.previousVersion());
    }
    tracker.setAlias(request.modelLine(), CHAMPION, request.version());
    ObjectNode entry = JsonNodeFactory.instance.objectNode();
    entry.put("atMillis", clock.millis());
    entry.put("version", request.version());
    entry.put("previousVersion", request.previousVersion());
    entry.put("movedBy", request.movedBy());
    entry.put("reason", request.reason());
    appendHistory(request.modelLine(), entry);
  }

  private String ask(SmokeRequest request, String prompt, String digest) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("model", request.modelLine());
    body.put("temperature", 0);
    body.putArray("messages").addObject().put("role", "user").put("content", prompt);
    HttpRequest ask =
        HttpRequest.newBuilder(URI.create(request.endpoint() + "/chat/completions"))
            .timeout(ANSWER_TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    try {
      HttpResponse<String> response = http.send(ask, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw LyceumException.external(
            "The server at "
                + request.endpoint()
                + " answered '"
                + prompt
                + "' with status "
                + response.statusCode()
                + ": "
                + response.body());
      }
      JsonNode json = Payloads.fromJson(response.body(), JsonNode.class);
      String fingerprint = json.path("system_fingerprint").asText();
      if (!fingerprint.equals(digest)) {
        throw LyceumException.external(
            "The answer to '"
                + prompt
                + "' came from the model "
                + fingerprint
                + ", not from version "
                + request.version()
                + " ("
                + digest
                + ").");
      }
      String answer = json.path("choices").path(0).path("message").path("content").asText();
      if (answer.isBlank()) {
        throw LyceumException.external(
            "Version "
                + request.version()
                + " of "
                + request.modelLine()
                + " has no answer to '"
                + prompt
                + "'.");
      }
      return answer;
    } catch (IOException e) {
      throw LyceumException.external(
          "The server at " + request.endpoint() + " cannot be reached: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external(
          "Interrupted while asking the server at " + request.endpoint() + ".", e);
    }
  }

  private ModelArtifact model(String modelLine, int version) {
    return ModelVersions.model(
        tracker
            .version(modelLine, version)
            .orElseThrow(
                () ->
                    LyceumException.user(
                        "There is no version "
                            + version
                            + " of "
                            + modelLine
                            + ". 'lyceum model list' shows those there are.")));
  }

  /**
   * One line a move; a move recorded already, by a call whose answer was lost, is not recorded
   * again.
   */
  private void appendHistory(String modelLine, ObjectNode entry) {
    String name = "model-lines/" + modelLine + "/history.jsonl";
    String history =
        store.getDocument(name).map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse("");
    List<String> lines = history.lines().toList();
    if (!lines.isEmpty()) {
      JsonNode last = Payloads.fromJson(lines.getLast(), JsonNode.class);
      if (last.path("version").equals(entry.get("version"))
          && last.path("previousVersion").equals(entry.get("previousVersion"))) {
        return;
      }
    }
    store.putDocument(name, (history + entry + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
