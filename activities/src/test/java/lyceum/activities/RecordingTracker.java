package lyceum.activities;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.Tracker;

/**
 * A tracker in memory that keeps the promises of the port: the same call twice leaves one row, one
 * run, one version.
 */
public class RecordingTracker implements Tracker {
  public final Map<String, String> runs = new LinkedHashMap<>();
  public final Map<String, Set<Metric>> metrics = new LinkedHashMap<>();
  public final SortedMap<String, String> artifacts = new TreeMap<>();
  public final Map<String, RunStatus> ended = new LinkedHashMap<>();
  public final List<Version> versions = new ArrayList<>();
  public final SortedMap<String, Integer> aliases = new TreeMap<>();
  public final List<String> aliasMoves = new ArrayList<>();

  @Override
  public String startRun(RunRequest request) {
    return runs.computeIfAbsent(request.key(), key -> "tracking-" + (runs.size() + 1));
  }

  @Override
  public void logParams(String runId, Map<String, String> params) {}

  @Override
  public void logMetrics(String runId, List<Metric> rows) {
    metrics.computeIfAbsent(runId, id -> new LinkedHashSet<>()).addAll(rows);
  }

  @Override
  public void logArtifact(String runId, String path, byte[] bytes) {
    artifacts.put(runId + "/" + path, new String(bytes, StandardCharsets.UTF_8));
  }

  @Override
  public void logDataset(String runId, String name, String sha256, String source, String context) {}

  @Override
  public void setTags(String runId, Map<String, String> tags) {}

  @Override
  public void endRun(String runId, RunStatus status, long endTimeMillis) {
    ended.put(runId, status);
  }

  @Override
  public Version registerVersion(
      String modelLine, String key, String source, String runId, Map<String, String> tags) {
    for (Version version : versions) {
      if (key.equals(version.tags().get("lyceum.key"))) {
        return version;
      }
    }
    SortedMap<String, String> all = new TreeMap<>(tags);
    all.put("lyceum.key", key);
    Version version = new Version(modelLine, versions.size() + 1, source, runId, all);
    versions.add(version);
    return version;
  }

  @Override
  public Optional<Version> version(String modelLine, int version) {
    return versions.stream().filter(v -> v.version() == version).findFirst();
  }

  @Override
  public List<Version> versions(String modelLine) {
    return versions;
  }

  @Override
  public List<String> modelLines() {
    return versions.stream().map(Version::modelLine).distinct().toList();
  }

  @Override
  public void setVersionTags(String modelLine, int version, Map<String, String> tags) {}

  @Override
  public void setAlias(String modelLine, String alias, int version) {
    aliases.put(alias, version);
    aliasMoves.add(alias + "=" + version);
  }

  @Override
  public void removeAlias(String modelLine, String alias) {
    aliases.remove(alias);
  }

  @Override
  public SortedMap<String, Integer> aliases(String modelLine) {
    return aliases;
  }

  @Override
  public String runUrl(String runId) {
    return "run:" + runId;
  }
}
