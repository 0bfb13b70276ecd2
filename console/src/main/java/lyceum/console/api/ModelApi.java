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
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.console.http.Parameter;
import lyceum.contracts.Payloads;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.Tracker;
import org.jspecify.annotations.Nullable;

/** Model lines and their versions. */
public final class ModelApi {
  private static final String CERTIFICATE_TAG = "lyceum.birth_certificate";

  private final Services services;
  private final LineMoves moves;

  public ModelApi(Services services) {
    this.services = services;
    this.moves = new LineMoves(services);
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

  /**
   * One line of the audit log.
   *
   * @param from champion before
   * @param to the version it is about
   * @param by a person, or {@code gates}, {@code deadline} or {@code health}
   * @param run that asked
   */
  record Entry(
      Instant time,
      AuditEntry.Action action,
      @Nullable Integer from,
      int to,
      String by,
      String reason,
      @Nullable String run) {
    static Entry of(AuditEntry entry) {
      return new Entry(
          Instant.ofEpochMilli(entry.atMillis()),
          entry.action(),
          entry.from() == 0 ? null : entry.from(),
          entry.to(),
          entry.by(),
          entry.reason(),
          entry.runId());
    }
  }

  record History(List<Entry> items) {}

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
            .query(
                Parameter.flag(
                    "all",
                    "The whole audit log: also approvals, rejections, canaries and promotions that failed."))
            .answers(History.class)
            .verb("model history")
            .does(this::history),
        line("getVersion", "/versions/{version}", "One version: its files and where it comes from.")
            .path("version", Names.VERSION, "A number or an alias.")
            .answers(Version.class)
            .verb("model get")
            .does(this::version),
        line("getLineage", "/versions/{version}/lineage", "From a version down to its sources.")
            .path("version", Names.VERSION, "A number or an alias.")
            .answers(Lineage.class)
            .does(this::lineage),
        LineMoves.operation(
            "promoteVersion",
            "/models/{line}:promote",
            "Put a version into production.",
            LineMoves.PromoteRequest.class,
            "model promote",
            moves::promote),
        LineMoves.operation(
            "rollbackModel",
            "/models/{line}:rollback",
            "Put the champion before back.",
            LineMoves.RollbackRequest.class,
            "model rollback",
            moves::rollback));
  }

  private static Operation line(String id, String path, String summary) {
    return Operation.get(id, "/models/{line}" + path, summary)
        .path("line", Names.LINE, "A model line.");
  }

  private static String name(Call call) {
    return call.path("line");
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
        .with("ETag", LineMoves.tag(aliases));
  }

  private Answer history(Call call) {
    String line = services.models().resolve(name(call));
    List<AuditEntry> entries =
        call.flag("all") ? services.models().audit(line) : services.models().history(line);
    return Answer.of(new History(entries.stream().map(Entry::of).toList()));
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
}
