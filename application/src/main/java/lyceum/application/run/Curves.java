package lyceum.application.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lyceum.connectors.tracking.MlflowRuns;
import lyceum.core.LyceumException;

/** Metrics of a run's stages, point by point. */
public final class Curves {
  /** Tag of a tracking run with the noun of its stage. */
  private static final String STAGE_TAG = "lyceum.stage";

  private final MlflowRuns tracked;

  public Curves(MlflowRuns tracked) {
    this.tracked = tracked;
  }

  /**
   * One curve.
   *
   * @param points at most as many as were asked for, evenly chosen, the last always among them
   */
  public record Series(String stage, String key, List<MlflowRuns.Point> points) {
    public Series {
      points = List.copyOf(points);
    }
  }

  /** The newest point of a metric. */
  public record Newest(String stage, String key, MlflowRuns.Point point) {}

  /** The newest points of all metrics of a run's stages. */
  public List<Newest> newest(String trackingRunId) {
    List<Newest> newest = new ArrayList<>();
    for (MlflowRuns.TrackedRun run : tracked.nested(trackingRunId)) {
      String stage = run.tags().getOrDefault(STAGE_TAG, run.name());
      run.metrics().forEach((key, point) -> newest.add(new Newest(stage, key, point)));
    }
    return newest;
  }

  /**
   * Curves of a run's stages.
   *
   * @param keys of metrics; empty for all
   */
  public List<Series> series(String trackingRunId, Set<String> keys, int maxPoints) {
    List<Future<Series>> asked = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (MlflowRuns.TrackedRun run : tracked.nested(trackingRunId)) {
        String stage = run.tags().getOrDefault(STAGE_TAG, run.name());
        for (String key : run.metrics().keySet()) {
          if (keys.isEmpty() || keys.contains(key)) {
            asked.add(
                threads.submit(
                    () ->
                        new Series(
                            stage, key, thinned(tracked.history(run.runId(), key), maxPoints))));
          }
        }
      }
    }
    List<Series> series = new ArrayList<>();
    for (Future<Series> one : asked) {
      series.add(result(one));
    }
    return series;
  }

  private static Series result(Future<Series> asked) {
    try {
      return asked.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof LyceumException known) {
        throw known;
      }
      throw LyceumException.internal("A curve could not be read.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted while curves were read.", e);
    }
  }

  static List<MlflowRuns.Point> thinned(List<MlflowRuns.Point> points, int most) {
    if (points.size() <= most) {
      return points;
    }
    List<MlflowRuns.Point> chosen = new ArrayList<>(most);
    for (int i = 0; i < most; i++) {
      // Rounding down from both ends keeps the first and the last.
      chosen.add(points.get((int) ((long) i * (points.size() - 1) / Math.max(1, most - 1))));
    }
    return chosen;
  }
}
