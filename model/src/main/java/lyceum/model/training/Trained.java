package lyceum.model.training;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.model.format.FloatTensor;

/**
 * A finished training: the same, bit for bit, however often it was stopped and resumed.
 *
 * @param tokens learned from
 * @param finalLoss of the last step's batch
 */
public record Trained(
    SortedMap<String, FloatTensor> weights, long steps, long tokens, double finalLoss) {
  public Trained {
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
  }
}
