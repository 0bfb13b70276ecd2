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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lyceum.activities.lifecycle.ModelVersions;
import lyceum.contracts.Payloads;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.contracts.deployment.DeploymentActivities;
import lyceum.contracts.deployment.DeploymentResult.SmokeAnswer;
import lyceum.contracts.deployment.Traffic;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelServer;
import lyceum.core.Tracker;
import lyceum.core.signing.ModelSignatures;
import lyceum.telemetry.TraceHeaders;

/** Registers candidates, serves versions, asks the server, moves aliases. */
public final class DeploymentActivitiesImpl implements DeploymentActivities {
  private static final String CANDIDATE = "candidate";
  private static final String CANDIDATE_TAG = "lyceum.candidate";
  private static final String CHAMPION = "champion";
  private static final String PREVIOUS = "previous";
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

  private final ArtifactStore store;
  private final Tracker tracker;
  private final ModelServer server;
  private final ModelSignatures signatures;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  public DeploymentActivitiesImpl(
      ArtifactStore store, Tracker tracker, ModelServer server, ModelSignatures signatures) {
    this.store = store;
    this.tracker = tracker;
    this.server = server;
    this.signatures = signatures;
  }

  @Override
  public int register(RegisterRequest request) {
    byte[] certificate = request.input().lineageJson().getBytes(StandardCharsets.UTF_8);
    ArtifactRef lineage = store.put(certificate);
    tracker.logArtifact(request.trackingRunId(), "birth-certificate.json", certificate);
    Map<String, String> tags = new TreeMap<>();
    tags.put("lyceum.birth_certificate", lineage.uri().toString());
    String runId = request.runId();
    String requestedBy = request.requestedBy();
    if (runId != null && requestedBy != null) {
      Candidate candidate = new Candidate(request.input(), runId, requestedBy);
      tags.put(
          CANDIDATE_TAG,
          Payloads.toJson(store.put(Payloads.toJson(candidate).getBytes(StandardCharsets.UTF_8))));
    }
    Tracker.Version version =
        ModelVersions.register(
            tracker,
            signatures,
            request.modelLine(),
            request.input().candidate(),
            request.trackingRunId(),
            tags);
    tracker.setAlias(request.modelLine(), CANDIDATE, version.version());
    return version.version();
  }

  @Override
  public int champion(String modelLine) {
    return tracker.aliases(modelLine).getOrDefault(CHAMPION, 0);
  }

  @Override
  public Registered registered(VersionRequest request) {
    Tracker.Version version = version(request.modelLine(), request.version());
    String candidate = version.tags().get(CANDIDATE_TAG);
    return new Registered(
        ModelVersions.model(version),
        candidate == null
            ? null
            : Payloads.fromJson(
                new String(
                    store.get(Payloads.fromJson(candidate, ArtifactRef.class)),
                    StandardCharsets.UTF_8),
                Candidate.class));
  }

  @Override
  public URI serve(ServeRequest request) {
    return server.serve(
        request.modelLine(), request.version(), model(request.modelLine(), request.version()));
  }

  @Override
  public URI serveCanary(CanaryRequest request) {
    return server.serveCanary(
        request.modelLine(),
        request.version(),
        model(request.modelLine(), request.version()),
        request.percent());
  }

  @Override
  public void endCanary(String modelLine) {
    server.endCanary(modelLine);
  }

  @Override
  public List<SmokeAnswer> smoke(SmokeRequest request) {
    String digest = model(request.modelLine(), request.version()).digest();
    List<SmokeAnswer> answers = new ArrayList<>();
    for (String prompt : request.prompts()) {
      answers.add(new SmokeAnswer(prompt, ask(request, prompt, digest, false)));
    }
    return answers;
  }

  @Override
  public HealthSample health(HealthRequest request) {
    List<String> failures = new ArrayList<>();
    String digest = model(request.modelLine(), request.version()).digest();
    SmokeRequest smoke =
        new SmokeRequest(
            request.endpoint(), request.modelLine(), request.version(), request.prompts());
    for (String prompt : request.prompts()) {
      try {
        ask(smoke, prompt, digest, request.canary());
      } catch (LyceumException unanswered) {
        failures.add(String.valueOf(unanswered.getMessage()));
      }
    }
    Traffic version = Traffic.NONE;
    Traffic stable = Traffic.NONE;
    try {
      for (ModelServer.Counted counted : server.counted(request.modelLine())) {
        version = counted.version() == request.version() ? traffic(counted) : version;
        stable = counted.version() == request.stable() ? traffic(counted) : stable;
      }
    } catch (LyceumException uncounted) {
      failures.add(String.valueOf(uncounted.getMessage()));
    }
    return new HealthSample(version, stable, failures);
  }

  private static Traffic traffic(ModelServer.Counted counted) {
    return new Traffic(counted.answered(), counted.failed(), counted.latency());
  }

  @Override
  public void moveAlias(MoveAliasRequest request) {
    if (request.previousVersion() > 0 && request.previousVersion() != request.version()) {
      tracker.setAlias(request.modelLine(), PREVIOUS, request.previousVersion());
    }
    tracker.setAlias(request.modelLine(), CHAMPION, request.version());
    AuditEntry entry = request.audit();
    if (entry != null) {
      record(entry);
    }
  }

  @Override
  public void record(AuditEntry entry) {
    store.putDocument(
        AuditEntry.folder(entry.modelLine()) + entry.name() + ".json",
        Payloads.toJson(entry).getBytes(StandardCharsets.UTF_8));
  }

  private String ask(SmokeRequest request, String prompt, String digest, boolean canary) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("model", request.modelLine());
    body.put("temperature", 0);
    body.putArray("messages").addObject().put("role", "user").put("content", prompt);
    HttpRequest.Builder asking =
        HttpRequest.newBuilder(URI.create(request.endpoint() + "/chat/completions"))
            .timeout(ANSWER_TIMEOUT)
            .header("Content-Type", "application/json")
            .header("x-lyceum-variant", canary ? "canary" : "stable")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    TraceHeaders.current().forEach(asking::header);
    HttpRequest ask = asking.build();
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

  /** The version's files; a version whose signature does not hold is refused. */
  private ModelArtifact model(String modelLine, int version) {
    ModelArtifact model = ModelVersions.model(version(modelLine, version));
    signatures.check("Version " + version + " of " + modelLine, model);
    return model;
  }

  private Tracker.Version version(String modelLine, int version) {
    return tracker
        .version(modelLine, version)
        .orElseThrow(
            () ->
                LyceumException.user(
                    "There is no version "
                        + version
                        + " of "
                        + modelLine
                        + ". 'lyceum model list' shows those there are."));
  }
}
