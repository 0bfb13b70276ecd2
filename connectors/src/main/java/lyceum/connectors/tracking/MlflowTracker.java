package lyceum.connectors.tracking;

import java.net.URI;
import java.util.*;
import lyceum.core.*;

/** Runs, metrics and model versions in MLflow. */
public final class MlflowTracker implements Tracker {
  /**
   * @param user shown as the owner of runs
   */
  public MlflowTracker(URI server, String user) {}

  @Override
  public String startRun(RunRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void logParams(String runId, Map<String, String> params) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void logMetrics(String runId, List<Metric> metrics) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void logArtifact(String runId, String path, byte[] bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void logDataset(String runId, String name, String sha256, String source, String context) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setTags(String runId, Map<String, String> tags) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void endRun(String runId, RunStatus status, long endTimeMillis) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Version registerVersion(
      String modelLine, String key, String source, String runId, Map<String, String> tags) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<Version> version(String modelLine, int version) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Version> versions(String modelLine) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<String> modelLines() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setVersionTags(String modelLine, int version, Map<String, String> tags) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setAlias(String modelLine, String alias, int version) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void removeAlias(String modelLine, String alias) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SortedMap<String, Integer> aliases(String modelLine) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String runUrl(String runId) {
    throw new UnsupportedOperationException();
  }
}
