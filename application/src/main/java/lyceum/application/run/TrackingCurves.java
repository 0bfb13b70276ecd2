package lyceum.application.run;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lyceum.connectors.tracking.MlflowRuns;
import lyceum.core.LyceumException;

/** Counts the points of a run's curves, to see whether any was recorded twice. */
public final class TrackingCurves {
  private final MlflowRuns tracked;

  public TrackingCurves(MlflowRuns tracked) {
    this.tracked = tracked;
  }

  /** Points of a run, and those steps of a metric that have more than one. */
  public record Count(long points, List<String> repeated) {}

  public Count count(String trackingRunId) {
    MlflowRuns.TrackedRun run =
        tracked
            .run(trackingRunId)
            .orElseThrow(
                () -> LyceumException.internal("MLflow has no run " + trackingRunId + "."));
    long points = 0;
    List<String> repeated = new ArrayList<>();
    for (String key : run.metrics().keySet()) {
      Map<Long, Integer> seen = new HashMap<>();
      for (MlflowRuns.Point point : tracked.history(trackingRunId, key)) {
        points++;
        seen.merge(point.step(), 1, Integer::sum);
      }
      seen.forEach(
          (step, times) -> {
            if (times > 1) {
              repeated.add(key + " at step " + step + ": " + times + " times");
            }
          });
    }
    return new Count(points, repeated);
  }
}
