package lyceum.model.training;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a step did.
 *
 * @param step steps done, this one included
 * @param steps steps in all
 * @param tokens learned from so far
 * @param loss of this step's batch before the update
 * @param gradientNorm global norm before clipping
 * @param tokensPerSecond of this step, its batch's making included, measuring excluded
 * @param metrics further figures by name, those that were measured at this step
 * @param samples texts by name, those that were made at this step
 */
public record StepReport(
    long step,
    long steps,
    long tokens,
    double loss,
    double learningRate,
    double gradientNorm,
    double tokensPerSecond,
    SortedMap<String, Double> metrics,
    SortedMap<String, String> samples) {
  /** Metric: processes that learn together, where there are several. */
  public static final String RANKS = "ranks";

  /** Metric: seconds of the step in which this rank reduced gradients and exchanged weights. */
  public static final String EXCHANGE_SECONDS = "exchange_seconds";

  public StepReport {
    metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
    samples = Collections.unmodifiableSortedMap(new TreeMap<>(samples));
  }
}
