package lyceum.application.run;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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

  /** Points kept, of all curves together: some tens of megabytes. */
  private static final long MOST_KEPT = 500_000;

  /** Ended runs whose stages are kept, some hundreds of kilobytes each. */
  private static final long MOST_ENDED = 50;

  private final MlflowRuns tracked;

  // A curve is named by its newest point, so that one which has grown is another.
  private final Cache<Curve, List<MlflowRuns.Point>> read =
      CacheBuilder.newBuilder()
          .maximumWeight(MOST_KEPT)
          .<Curve, List<MlflowRuns.Point>>weigher((curve, points) -> 1 + points.size())
          .build();

  private final Cache<String, List<MlflowRuns.TrackedRun>> ended =
      CacheBuilder.newBuilder().maximumSize(MOST_ENDED).build();

  public Curves(MlflowRuns tracked) {
    this.tracked = tracked;
  }

  private record Curve(String runId, String key, MlflowRuns.Point newest, int maxPoints) {}

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
   * @param over whether the run has ended, so that nothing is added any more
   * @param keys of metrics; empty for all
   */
  public List<Series> series(String trackingRunId, boolean over, Set<String> keys, int maxPoints) {
    List<MlflowRuns.TrackedRun> stages = over ? ended.getIfPresent(trackingRunId) : null;
    if (stages == null) {
      stages = tracked.nested(trackingRunId);
      if (over) {
        ended.put(trackingRunId, stages);
      }
    }
    Map<String, List<String>> missing = new TreeMap<>();
    Map<Curve, List<MlflowRuns.Point>> found = new HashMap<>();
    Map<Curve, String> stageOf = new LinkedHashMap<>();
    for (MlflowRuns.TrackedRun run : stages) {
      String stage = run.tags().getOrDefault(STAGE_TAG, run.name());
      run.metrics()
          .forEach(
              (key, newest) -> {
                if (keys.isEmpty() || keys.contains(key)) {
                  Curve curve = new Curve(run.runId(), key, newest, maxPoints);
                  stageOf.put(curve, stage);
                  List<MlflowRuns.Point> known =
                      // One whose newest step is the first has no other.
                      newest.step() == 0 ? List.of(newest) : read.getIfPresent(curve);
                  if (known == null) {
                    missing.computeIfAbsent(key, k -> new ArrayList<>()).add(run.runId());
                  } else {
                    found.put(curve, known);
                  }
                }
              });
    }
    Map<String, SortedMap<String, List<MlflowRuns.Point>>> fresh = histories(missing, maxPoints);
    List<Series> series = new ArrayList<>();
    stageOf.forEach(
        (curve, stage) -> {
          List<MlflowRuns.Point> points = found.get(curve);
          if (points == null) {
            points =
                List.copyOf(
                    fresh
                        .getOrDefault(curve.key(), new TreeMap<>())
                        .getOrDefault(curve.runId(), List.of()));
            // What came between the two questions belongs to a newer curve than this one's name.
            if (!points.isEmpty() && points.getLast().equals(curve.newest())) {
              read.put(curve, points);
            }
          }
          series.add(new Series(stage, curve.key(), points));
        });
    return series;
  }

  /** By key and run; the keys are asked for at the same time. */
  private Map<String, SortedMap<String, List<MlflowRuns.Point>>> histories(
      Map<String, List<String>> runsByKey, int maxPoints) {
    Map<String, Future<SortedMap<String, List<MlflowRuns.Point>>>> asked = new HashMap<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      runsByKey.forEach(
          (key, runs) ->
              asked.put(key, threads.submit(() -> tracked.histories(runs, key, maxPoints))));
    }
    Map<String, SortedMap<String, List<MlflowRuns.Point>>> histories = new HashMap<>();
    asked.forEach((key, one) -> histories.put(key, result(one)));
    return histories;
  }

  private static <T> T result(Future<T> asked) {
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
}
