package lyceum.core;

/**
 * One figure of two models on the same items, and how far their difference can be told from noise.
 *
 * @param score {@code suite/metric}
 * @param first the figure of the first model over all items
 * @param second the figure of the second model over the same items
 * @param difference second less first
 * @param low lower end of the difference's interval
 * @param high upper end of the difference's interval
 * @param confidence of the interval, for example 0.95
 * @param pValue two-sided, of there being no difference
 * @param items how many items both models were scored on
 * @param changed on how many of them the models differ
 * @param method {@code McNemar, exact} or {@code paired bootstrap}
 */
public record PairedScore(
    String score,
    double first,
    double second,
    double difference,
    double low,
    double high,
    double confidence,
    double pValue,
    long items,
    long changed,
    String method) {
  /** Whether even the end of the interval that is kindest to the second model is a loss. */
  public boolean isLoss(boolean higherIsBetter, double margin) {
    return higherIsBetter ? high < -margin : low > margin;
  }
}
