package lyceum.core;

/**
 * One measured figure.
 *
 * @param suite what was measured on, for example {@code addition} or {@code validation}
 * @param metric what was measured, for example {@code accuracy} or {@code bits_per_byte}
 * @param value the figure
 * @param samples how many items it is a mean of
 * @param standardError standard error of that mean, 0 where it does not apply
 */
public record Score(String suite, String metric, double value, long samples, double standardError) {
  public Score {
    if (suite.isBlank() || metric.isBlank()) {
      throw LyceumException.internal(
          "A score needs a suite and a metric, not '" + suite + "' and '" + metric + "'.");
    }
    if (samples < 0) {
      throw LyceumException.internal(
          "A score of " + suite + "/" + metric + " cannot rest on " + samples + " samples.");
    }
  }

  /** Accuracy of {@code right} out of {@code samples} with its binomial standard error. */
  public static Score accuracy(String suite, long right, long samples) {
    double p = samples == 0 ? 0 : (double) right / samples;
    double error = samples == 0 ? 0 : Math.sqrt(p * (1 - p) / samples);
    return new Score(suite, "accuracy", p, samples, error);
  }

  /** {@code suite/metric}: the name under which the figure is tracked. */
  public String key() {
    return suite + "/" + metric;
  }
}
