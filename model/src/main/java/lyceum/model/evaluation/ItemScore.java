package lyceum.model.evaluation;

/**
 * What one item of a suite adds to a figure: the figure is the sum of the numerators over the sum
 * of the denominators. Kept, so that two models can be compared item by item.
 *
 * @param score {@code suite/metric}
 * @param item names the item within the suite; the same for every model that is measured on it
 * @param numerator for example 1 for a right answer, or the bits of a row of text
 * @param denominator for example 1, or the bytes of the row
 */
public record ItemScore(String score, String item, double numerator, double denominator) {
  /** Whether it is a plain yes or no. */
  boolean isBinary() {
    return denominator == 1 && (numerator == 0 || numerator == 1);
  }
}
