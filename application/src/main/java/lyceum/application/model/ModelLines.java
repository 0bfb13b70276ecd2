package lyceum.application.model;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.contracts.Payloads;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.Tracker;

/** Model lines of the registry: their versions, aliases and history. */
public final class ModelLines {
  /** Alias of the version in production. */
  public static final String CHAMPION = "champion";

  /** Alias of the version that was in production before. */
  public static final String PREVIOUS = "previous";

  /** Tag of a version that holds its {@link ModelArtifact} as JSON. */
  public static final String MODEL_TAG = "lyceum.model";

  private final Tracker tracker;
  private final ArtifactStore store;

  public ModelLines(Tracker tracker, ArtifactStore store) {
    this.tracker = tracker;
    this.store = store;
  }

  /**
   * One version of a line.
   *
   * @param aliases comma-separated
   * @param stage that made it
   */
  public record Row(
      String modelLine,
      int version,
      String aliases,
      String stage,
      String runId,
      String weightsSha256) {}

  public List<String> names() {
    return tracker.modelLines();
  }

  /**
   * The line that is meant: the one named, or the only one there is.
   *
   * @param name empty for the only one
   * @throws RequestFailure INVALID when none is named and there are several, NOT_FOUND when there
   *     is none of this name
   */
  public String resolve(String name) {
    List<String> lines = tracker.modelLines();
    if (name.isEmpty() && lines.size() == 1) {
      return lines.get(0);
    }
    if (lines.contains(name)) {
      return name;
    }
    String known = lines.isEmpty() ? "there is none yet" : "there are " + String.join(", ", lines);
    throw name.isEmpty()
        ? new RequestFailure(Outcome.INVALID, "Name a model line; " + known + ".")
        : new RequestFailure(
            Outcome.NOT_FOUND, "There is no model line '" + name + "'; " + known + ".");
  }

  /** Versions that aliases point to, by alias. */
  public SortedMap<String, Integer> versionsByAlias(String line) {
    return tracker.aliases(line);
  }

  /** Aliases of each version, comma-separated. */
  public Map<Integer, String> aliases(String line) {
    return versionsByAlias(line).entrySet().stream()
        .collect(
            Collectors.groupingBy(
                Map.Entry::getValue,
                Collectors.mapping(Map.Entry::getKey, Collectors.joining(", "))));
  }

  /** The versions of a line, the newest first. */
  public List<Row> versions(String line) {
    Map<Integer, String> aliases = aliases(line);
    return tracker.versions(line).stream()
        .sorted(Comparator.comparingInt(Tracker.Version::version).reversed())
        .map(
            version ->
                new Row(
                    line,
                    version.version(),
                    aliases.getOrDefault(version.version(), ""),
                    version.tags().getOrDefault("lyceum.stage", ""),
                    version.tags().getOrDefault("lyceum.run_id", ""),
                    version.tags().getOrDefault("lyceum.weights_sha256", "")))
        .toList();
  }

  /**
   * The version meant by a number or an alias.
   *
   * @throws RequestFailure NOT_FOUND when there is none
   */
  public Tracker.Version version(String line, String numberOrAlias) {
    String number = numberOrAlias.replaceFirst("^v", "");
    Integer version =
        number.matches("[0-9]{1,9}")
            ? Integer.valueOf(number)
            : tracker.aliases(line).get(numberOrAlias);
    if (version == null) {
      throw new RequestFailure(
          Outcome.NOT_FOUND,
          "The model line "
              + line
              + " has no alias '"
              + numberOrAlias
              + "'; it has "
              + tracker.aliases(line)
              + ".");
    }
    return tracker
        .version(line, version)
        .orElseThrow(
            () ->
                new RequestFailure(
                    Outcome.NOT_FOUND,
                    "There is no version "
                        + version
                        + " of "
                        + line
                        + ". lyceum model list "
                        + line
                        + " shows those there are."));
  }

  /**
   * The version that was champion before.
   *
   * @throws RequestFailure NOT_FOUND when there is none
   */
  public int previous(String line) {
    Integer previous = tracker.aliases(line).get(PREVIOUS);
    if (previous == null) {
      throw new RequestFailure(
          Outcome.NOT_FOUND, "The model line " + line + " has no earlier champion to go back to.");
    }
    return previous;
  }

  /** The files of a version. */
  public static ModelArtifact files(Tracker.Version version) {
    String json = version.tags().getOrDefault(MODEL_TAG, "");
    if (json.isEmpty()) {
      throw LyceumException.user(
          "Version "
              + version.version()
              + " of "
              + version.modelLine()
              + " was not registered by Lyceum.");
    }
    return Payloads.fromJson(json, ModelArtifact.class);
  }

  /** Which versions were champion, the oldest first. */
  public List<AuditEntry> history(String line) {
    return audit(line).stream().filter(entry -> entry.action().isMove()).toList();
  }

  /**
   * Everything that was decided and done with the line, the oldest first: approvals, rejections,
   * canaries, moves of the champion, promotions that failed.
   */
  public List<AuditEntry> audit(String line) {
    return store.listDocuments(AuditEntry.folder(line)).stream()
        .map(store::getDocument)
        .flatMap(Optional::stream)
        .map(
            bytes -> Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), AuditEntry.class))
        .toList();
  }
}
