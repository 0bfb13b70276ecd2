package lyceum.core;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Where runs, metrics and model versions are recorded. Every method may be called again with the
 * same arguments and leaves one row, one run, one version.
 *
 * <p>All methods throw {@link LyceumException}: EXTERNAL when the tracking server cannot be reached
 * or fails, USER when it refuses the request.
 */
public interface Tracker {
  /** One point of a metric's curve; equal points are recorded once. */
  record Metric(String key, double value, long step, long timestampMillis) {}

  /**
   * A run to begin or to find again.
   *
   * @param experiment name of the experiment; made when it is not there
   * @param name shown to people
   * @param key what makes the run unique within its experiment; a second call with the same key
   *     finds the first run
   * @param parentRunId the run it is nested in
   */
  record RunRequest(
      String experiment,
      String name,
      String key,
      Optional<String> parentRunId,
      SortedMap<String, String> tags) {}

  enum RunStatus {
    FINISHED,
    FAILED,
    KILLED
  }

  /** A registered model version. */
  record Version(
      String modelLine, int version, String source, String runId, SortedMap<String, String> tags) {}

  /** Begins the run or finds it again by its key. Returns the run's id. */
  String startRun(RunRequest request);

  void logParams(String runId, Map<String, String> params);

  void logMetrics(String runId, List<Metric> metrics);

  void logArtifact(String runId, String path, byte[] bytes);

  /** Records that the run read a data set. */
  void logDataset(String runId, String name, String sha256, String source, String context);

  void setTags(String runId, Map<String, String> tags);

  void endRun(String runId, RunStatus status, long endTimeMillis);

  /**
   * Registers a model version, or finds the one registered before with the same {@code key}.
   *
   * @param modelLine name of the registered model
   * @param source where its files are
   */
  Version registerVersion(
      String modelLine, String key, String source, String runId, Map<String, String> tags);

  Optional<Version> version(String modelLine, int version);

  List<Version> versions(String modelLine);

  List<String> modelLines();

  void setVersionTags(String modelLine, int version, Map<String, String> tags);

  void setAlias(String modelLine, String alias, int version);

  void removeAlias(String modelLine, String alias);

  /** Aliases of a model line and the versions they point to. */
  SortedMap<String, Integer> aliases(String modelLine);

  /** A page about the run for people. */
  String runUrl(String runId);
}
