package lyceum.console.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.application.model.ModelLines;
import lyceum.connectors.serving.HttpModelServer;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.console.security.Role;
import lyceum.contracts.Payloads;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.contracts.deployment.PromotionStatus;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelServer;
import lyceum.core.Sha256;
import lyceum.core.Tracker;
import org.jspecify.annotations.Nullable;

/** Model lines, their versions, and what is in production. */
public final class ModelApi {
  private static final String CERTIFICATE_TAG = "lyceum.birth_certificate";

  private final Services services;

  public ModelApi(Services services) {
    this.services = services;
  }

  record LineRow(
      String line,
      @Nullable Integer champion,
      @Nullable Integer candidate,
      int versions,
      Instant updated) {}

  record LineRows(List<LineRow> items) {}

  record VersionRow(
      int version, String run, String stage, List<String> aliases, String weightsSha256) {
    static VersionRow of(ModelLines.Row row) {
      return new VersionRow(
          row.version(),
          row.runId(),
          row.stage(),
          row.aliases().isEmpty() ? List.of() : List.of(row.aliases().split(", ")),
          row.weightsSha256());
    }
  }

  record Line(String line, List<VersionRow> versions, Map<String, Integer> aliases) {}

  enum Kind {
    PROMOTE,
    ROLLBACK
  }

  record Move(
      Instant time,
      String alias,
      @Nullable Integer from,
      int to,
      String by,
      String reason,
      Kind kind) {
    static Move of(AuditEntry move) {
      return new Move(
          Instant.ofEpochMilli(move.atMillis()),
          ModelLines.CHAMPION,
          move.from() == 0 ? null : move.from(),
          move.to(),
          move.by(),
          move.reason(),
          move.action() == AuditEntry.Action.ROLLED_BACK ? Kind.ROLLBACK : Kind.PROMOTE);
    }
  }

  record History(List<Move> items) {}

  record FileRow(String name, long bytes, String sha256, URI url) {}

  /**
   * @param certificate where it comes from; {@code null} where none was written
   */
  record Version(
      String line,
      int version,
      String run,
      List<String> aliases,
      String digest,
      List<FileRow> files,
      Map<String, String> tags,
      @Nullable JsonNode certificate) {}

  record Node(String id, String kind, String label, String detail, @Nullable String href) {}

  record Edge(String from, String to, String label) {}

  record Lineage(List<Node> nodes, List<Edge> edges) {}

  /**
   * @param version a number or an alias
   * @param override promotes it whatever its gates and the champion say; needs a reason
   */
  record PromoteRequest(String version, @Nullable String reason, @Nullable Boolean override) {}

  record RollbackRequest(@Nullable String reason) {}

  record SmokeAnswer(String prompt, String answer) {}

  record Promoted(
      String line, int version, int previousVersion, URI endpoint, List<SmokeAnswer> smoke) {
    static Promoted of(String line, PromotionResult result) {
      return new Promoted(
          line,
          result.version(),
          result.previousVersion(),
          result.endpoint(),
          result.smoke().stream()
              .map(answer -> new SmokeAnswer(answer.prompt(), answer.answer()))
              .toList());
    }
  }

  /**
   * A promotion that was a canary or watched goes back to the version from before, soon.
   *
   * @param version what it goes back from
   * @param previousVersion what serves again
   */
  record GoingBack(String line, int version, int previousVersion) {}

  /** What a dry run would do. */
  record WouldServe(String line, int version, int previousVersion) {}

  enum Health {
    HEALTHY,
    DOWN,
    /** Another line, or another version, is served. */
    UNKNOWN
  }

  record Deployment(
      String line,
      @Nullable Integer champion,
      @Nullable Integer previous,
      Health health,
      @Nullable URI endpoint,
      @Nullable Instant since,
      String etag) {}

  record Deployments(List<Deployment> items) {}

  public List<Operation> operations() {
    return List.of(
        Operation.get("listModels", "/models", "Model lines.")
            .answers(LineRows.class)
            .verb("model list")
            .does(this::lines),
        line("getModel", "", "A model line with its versions; the tag is that of its aliases.")
            .answers(Line.class)
            .verb("model list")
            .does(this::get),
        line("getModelHistory", "/history", "Which versions were champion; the oldest first.")
            .answers(History.class)
            .verb("model history")
            .does(
                call ->
                    Answer.of(
                        new History(
                            services
                                .models()
                                .history(services.models().resolve(name(call)))
                                .stream()
                                .map(Move::of)
                                .toList()))),
        line("getVersion", "/versions/{version}", "One version: its files and where it comes from.")
            .path("version", Names.VERSION, "A number or an alias.")
            .answers(Version.class)
            .verb("model get")
            .does(this::version),
        line("getLineage", "/versions/{version}/lineage", "From a version down to its sources.")
            .path("version", Names.VERSION, "A number or an alias.")
            .answers(Lineage.class)
            .does(this::lineage),
        Operation.post("promoteVersion", "/models/{line}:promote", "Put a version into production.")
            .path("line", Names.LINE, "A model line.")
            .role(Role.APPROVER)
            .ifMatch()
            .dryRun()
            .takes(PromoteRequest.class)
            .answers(JsonNode.class)
            .verb("model promote")
            .does(this::promote),
        Operation.post("rollbackModel", "/models/{line}:rollback", "Put the champion before back.")
            .path("line", Names.LINE, "A model line.")
            .role(Role.APPROVER)
            .ifMatch()
            .dryRun()
            .takes(RollbackRequest.class)
            .answers(JsonNode.class)
            .verb("model rollback")
            .does(this::rollback),
        Operation.get("listDeployments", "/deployments", "What is in production.")
            .answers(Deployments.class)
            .does(this::deployments),
        Operation.get("getDeployment", "/deployments/{line}", "What is in production of a line.")
            .path("line", Names.LINE, "A model line.")
            .answers(Deployment.class)
            .does(this::deployment),
        Operation.post(
                "rollbackDeployment",
                "/deployments/{line}:rollback",
                "Put the champion before back.")
            .path("line", Names.LINE, "A model line.")
            .role(Role.APPROVER)
            .ifMatch()
            .dryRun()
            .takes(RollbackRequest.class)
            .answers(JsonNode.class)
            .does(this::rollback));
  }

  private static Operation line(String id, String path, String summary) {
    return Operation.get(id, "/models/{line}" + path, summary)
        .path("line", Names.LINE, "A model line.");
  }

  private static String name(Call call) {
    return call.path("line");
  }

  /** The same aliases have the same tag, so that a decision meets what it was made about. */
  private static String tag(SortedMap<String, Integer> aliases) {
    return "\"" + Sha256.of(aliases.toString()).substring(0, 16) + "\"";
  }

  private Answer lines(Call call) {
    return Answer.of(
        new LineRows(
            services.tracked().lines().stream()
                .map(
                    line ->
                        new LineRow(
                            line.name(),
                            line.aliases().get(ModelLines.CHAMPION),
                            line.aliases().get("candidate"),
                            line.newestVersion(),
                            Instant.ofEpochMilli(line.changedMillis())))
                .toList()));
  }

  private Answer get(Call call) {
    String line = services.models().resolve(name(call));
    SortedMap<String, Integer> aliases = services.models().versionsByAlias(line);
    return Answer.of(
            new Line(
                line,
                services.models().versions(line).stream().map(VersionRow::of).toList(),
                aliases))
        .with("ETag", tag(aliases));
  }

  private Tracker.Version found(Call call) {
    String line = services.models().resolve(name(call));
    return services.models().version(line, call.path("version"));
  }

  private Optional<JsonNode> certificate(Tracker.Version version) {
    String uri = version.tags().getOrDefault(CERTIFICATE_TAG, "");
    String digest = uri.substring(uri.lastIndexOf('/') + 1);
    return digest.matches(Names.SHA256)
        ? services
            .store()
            .find(digest)
            .map(
                bytes ->
                    Payloads.fromJson(
                        new String(bytes, java.nio.charset.StandardCharsets.UTF_8), JsonNode.class))
        : Optional.empty();
  }

  private Answer version(Call call) {
    Tracker.Version version = found(call);
    ModelArtifact model = ModelLines.files(version);
    List<FileRow> files = new ArrayList<>();
    model
        .files()
        .forEach((name, ref) -> files.add(new FileRow(name, ref.bytes(), ref.sha256(), link(ref))));
    Map<String, String> tags = new TreeMap<>(version.tags());
    tags.remove(ModelLines.MODEL_TAG);
    String aliases =
        services.models().aliases(version.modelLine()).getOrDefault(version.version(), "");
    return Answer.of(
        new Version(
            version.modelLine(),
            version.version(),
            version.tags().getOrDefault("lyceum.run_id", ""),
            aliases.isEmpty() ? List.of() : List.of(aliases.split(", ")),
            model.digest(),
            files,
            tags,
            certificate(version).orElse(null)));
  }

  private URI link(ArtifactRef ref) {
    return services.store().link(ref, java.time.Duration.ofMinutes(15));
  }

  private Answer lineage(Call call) {
    Tracker.Version version = found(call);
    List<Node> nodes = new ArrayList<>();
    List<Edge> edges = new ArrayList<>();
    String top = "version:" + version.version();
    nodes.add(
        new Node(
            top,
            "version",
            version.modelLine() + " version " + version.version(),
            version.tags().getOrDefault("lyceum.weights_sha256", ""),
            "/models/" + version.modelLine() + "/versions/" + version.version()));
    String run = version.tags().getOrDefault("lyceum.run_id", "");
    String above = top;
    if (!run.isEmpty()) {
      nodes.add(new Node("run:" + run, "run", run, "", "/runs/" + run));
      edges.add(new Edge(top, "run:" + run, "made by"));
      above = "run:" + run;
    }
    Optional<JsonNode> certificate = certificate(version);
    if (certificate.isPresent()) {
      stages(certificate.get(), above, nodes, edges);
    }
    return Answer.of(new Lineage(nodes, edges));
  }

  /** The stages from the last to the first, then the sources of the corpus. */
  private static void stages(JsonNode certificate, String top, List<Node> nodes, List<Edge> edges) {
    String above = top;
    JsonNode keys = certificate.path("stageKeys");
    List<String> stages =
        java.util.Arrays.stream(lyceum.core.Stage.values())
            .map(lyceum.core.Stage::noun)
            .filter(keys::has)
            .toList()
            .reversed();
    for (String stage : stages) {
      boolean corpus = stage.equals("corpus");
      String key = keys.path(stage).asText();
      String id = stage + ":" + key;
      nodes.add(
          new Node(
              id, corpus ? "dataset" : "stage", stage, key, corpus ? "/datasets/" + key : null));
      edges.add(new Edge(above, id, "built on"));
      above = id;
    }
    for (JsonNode source : certificate.path("sources")) {
      String id = "source:" + source.path("sha256").asText() + ":" + source.path("name").asText();
      nodes.add(
          new Node(
              id,
              "source",
              source.path("name").asText(),
              source.path("licence").asText()
                  + ", "
                  + source.path("kept").asLong()
                  + " of "
                  + source.path("read").asLong()
                  + " documents",
              null));
      edges.add(new Edge(above, id, "read from"));
    }
    JsonNode parent = certificate.path("parent");
    if (parent.isObject()) {
      String id = "model:" + parent.path("digest").asText();
      nodes.add(
          new Node(
              id, "model", parent.path("name").asText(), parent.path("licence").asText(), null));
      edges.add(new Edge(top, id, "went on from"));
    }
  }

  private Answer promote(Call call) {
    PromoteRequest request = call.body(PromoteRequest.class);
    if (!request.version().matches(Names.VERSION)) {
      throw lyceum.core.LyceumException.user(
          "'" + request.version() + "' is neither a version nor an alias.");
    }
    String line = services.models().resolve(name(call));
    SortedMap<String, Integer> aliases = services.models().versionsByAlias(line);
    call.requireTag(tag(aliases));
    int version = services.models().version(line, request.version()).version();
    return call.isDryRun()
        ? wouldServe(line, version, aliases)
        : Answer.of(
            Promoted.of(
                line,
                services
                    .promotions()
                    .promote(
                        line,
                        version,
                        call.user(),
                        reason(request.reason()),
                        Boolean.TRUE.equals(request.override()))));
  }

  /** A promotion that is a canary or watched goes back; else the champion before is served. */
  private Answer rollback(Call call) {
    String line = services.models().resolve(name(call));
    SortedMap<String, Integer> aliases = services.models().versionsByAlias(line);
    call.requireTag(tag(aliases));
    String reason = reason(call.body(RollbackRequest.class).reason());
    Optional<PromotionStatus> running =
        services.promotions().status(line).filter(ModelApi::canGoBack);
    if (call.isDryRun()) {
      return wouldServe(
          line,
          running.map(PromotionStatus::from).orElseGet(() -> services.models().previous(line)),
          aliases);
    }
    if (running.isPresent() && services.promotions().goBack(line, call.user(), reason)) {
      return Answer.of(new GoingBack(line, running.get().version(), running.get().from()));
    }
    return Answer.of(
        Promoted.of(
            line,
            services
                .promotions()
                .rollBack(line, services.models().previous(line), call.user(), reason)));
  }

  private static boolean canGoBack(PromotionStatus status) {
    return status.phase() == PromotionStatus.Phase.CANARY
        || status.phase() == PromotionStatus.Phase.WATCHING;
  }

  private static Answer wouldServe(String line, int version, SortedMap<String, Integer> aliases) {
    return Answer.of(new WouldServe(line, version, aliases.getOrDefault(ModelLines.CHAMPION, 0)));
  }

  private static String reason(@Nullable String given) {
    return given == null ? "" : given;
  }

  private Optional<ModelServer.Served> served() {
    return new HttpModelServer(
            services.settings(),
            model -> {
              throw new IllegalStateException("The console serves nothing itself.");
            })
        .served();
  }

  private Answer deployments(Call call) {
    Optional<ModelServer.Served> served = served();
    return Answer.of(
        new Deployments(
            services.tracked().lines().stream()
                .filter(line -> line.aliases().containsKey(ModelLines.CHAMPION))
                .map(
                    line ->
                        deployment(
                            line.name(),
                            line.aliases(),
                            served,
                            Instant.ofEpochMilli(line.changedMillis())))
                .toList()));
  }

  private Answer deployment(Call call) {
    String line = services.models().resolve(name(call));
    Deployment found =
        deployment(line, services.models().versionsByAlias(line), served(), since(line));
    return Answer.of(found).with("ETag", found.etag());
  }

  private @Nullable Instant since(String line) {
    List<AuditEntry> history = services.models().history(line);
    return history.isEmpty() ? null : Instant.ofEpochMilli(history.getLast().atMillis());
  }

  private Deployment deployment(
      String line,
      SortedMap<String, Integer> aliases,
      Optional<ModelServer.Served> served,
      @Nullable Instant since) {
    Integer champion = aliases.get(ModelLines.CHAMPION);
    boolean serves =
        served.isPresent()
            && served.get().modelLine().equals(line)
            && Integer.valueOf(served.get().version()).equals(champion);
    return new Deployment(
        line,
        champion,
        aliases.get(ModelLines.PREVIOUS),
        serves ? Health.HEALTHY : served.isEmpty() ? Health.DOWN : Health.UNKNOWN,
        serves ? served.get().endpoint() : null,
        since,
        tag(aliases));
  }
}
