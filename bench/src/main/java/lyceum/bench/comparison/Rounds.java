package lyceum.bench.comparison;

import java.util.Arrays;
import java.util.List;

/**
 * What one contestant did in one measure.
 *
 * @param contestant its name
 * @param values one a round, in the order of the rounds; never empty
 */
public record Rounds(String contestant, List<Double> values) {
  public Rounds {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException(contestant + " did no round");
    }
  }

  /** The middle value; the mean of the middle two where their number is even. */
  public double median() {
    double[] sorted = sorted();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  public double lowest() {
    return sorted()[0];
  }

  public double highest() {
    return sorted()[values.size() - 1];
  }

  private double[] sorted() {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }
}
