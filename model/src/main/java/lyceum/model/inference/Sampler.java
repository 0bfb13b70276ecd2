package lyceum.model.inference;

import java.util.Arrays;

/**
 * Chooses tokens from logits. The n-th choice of a sequence takes the n-th number of SplitMix64
 * (Steele, Lea and Flood, OOPSLA 2014) begun at the sequence's seed, so that it depends on the seed
 * and n alone.
 */
final class Sampler {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private final SamplingSettings settings;
  private final long seed;
  private long choices;
  private float logProb;

  Sampler(SamplingSettings settings, long seed) {
    this.settings = settings;
    this.seed = seed;
  }

  /** Log-probability of the token chosen last, from the raw logits. */
  float logProb() {
    return logProb;
  }

  int choose(float[] logits) {
    choices++;
    int likeliest = likeliest(logits);
    float highest = logits[likeliest];
    float[] weights = new float[logits.length];
    double total = 0;
    for (int id = 0; id < logits.length; id++) {
      weights[id] = Loops.exp(logits[id] - highest);
      total += weights[id];
    }
    int chosen =
        settings.temperature() == 0
            ? likeliest
            : draw(weights, temper(logits, highest, weights, total), uniform(choices));
    logProb = (float) ((double) logits[chosen] - highest - StrictMath.log(total));
    return chosen;
  }

  /**
   * The n-th choice, without its log-probability.
   *
   * @param n counted from 1
   */
  int choose(float[] logits, long n) {
    if (settings.temperature() == 0) {
      return likeliest(logits);
    }
    float[] weights = new float[logits.length];
    return draw(weights, distribution(logits, weights), uniform(n));
  }

  /**
   * What is drawn from: weights in proportion to the probabilities after all cuts.
   *
   * @param weights as many as there are logits; set
   * @return their sum
   */
  double distribution(float[] logits, float[] weights) {
    float highest = logits[likeliest(logits)];
    double total = 0;
    for (int id = 0; id < logits.length; id++) {
      weights[id] = Loops.exp(logits[id] - highest);
      total += weights[id];
    }
    return temper(logits, highest, weights, total);
  }

  private static int likeliest(float[] logits) {
    int likeliest = 0;
    for (int id = 1; id < logits.length; id++) {
      if (logits[id] > logits[likeliest]) {
        likeliest = id;
      }
    }
    return likeliest;
  }

  /** From weights at temperature 1 to those that are drawn from. */
  private double temper(float[] logits, float highest, float[] weights, double weightsTotal) {
    double total = weightsTotal;
    if (settings.temperature() != 1) {
      float inverse = (float) (1 / settings.temperature());
      total = 0;
      for (int id = 0; id < logits.length; id++) {
        weights[id] = Loops.exp((logits[id] - highest) * inverse);
        total += weights[id];
      }
    }
    boolean all =
        settings.topP() == 1 && (settings.topK() == 0 || settings.topK() >= logits.length);
    if (!all) {
      total = truncate(weights, total);
    }
    if (settings.minP() > 0) {
      // The likeliest has the weight 1.
      total = 0;
      for (int id = 0; id < weights.length; id++) {
        if (weights[id] < settings.minP()) {
          weights[id] = 0;
        }
        total += weights[id];
      }
    }
    return total;
  }

  /**
   * The id at which the running sum of the weights passes the mark.
   *
   * @param mark share of the total in [0, 1)
   */
  static int draw(float[] weights, double total, double mark) {
    double limit = mark * total;
    int last = 0;
    double sum = 0;
    for (int id = 0; id < weights.length; id++) {
      if (weights[id] > 0) {
        sum += weights[id];
        last = id;
        if (sum > limit) {
          return id;
        }
      }
    }
    return last;
  }

  /** Sets the weights that are cut to 0 and returns the sum of the others. */
  private double truncate(float[] weights, double total) {
    int kept = settings.topK() == 0 ? weights.length : Math.min(settings.topK(), weights.length);
    // Tokens below this share of an even spread hold less than 1 - topP together, so the nucleus is
    // without them;
    // leaving them out spares the sort most of the vocabulary.
    double floor = kept < weights.length ? 0 : (1 - settings.topP()) * total / weights.length;
    long[] keys = new long[weights.length];
    int count = 0;
    for (int id = 0; id < weights.length; id++) {
      if (weights[id] > 0 && weights[id] >= floor) {
        // Positive floats sort like their bits; negated, the heaviest come first, and of equals the
        // lowest id.
        keys[count++] = ((long) -Float.floatToRawIntBits(weights[id]) << 32) | id;
      }
    }
    Arrays.sort(keys, 0, count);
    count = Math.min(count, kept);
    double candidates = kept < weights.length ? 0 : total;
    if (kept < weights.length) {
      for (int i = 0; i < count; i++) {
        candidates += weights[(int) keys[i]];
      }
    }
    float[] original = weights.clone();
    Arrays.fill(weights, 0);
    double sum = 0;
    for (int i = 0; i < count && (i == 0 || sum < settings.topP() * candidates); i++) {
      int id = (int) keys[i];
      weights[id] = original[id];
      sum += original[id];
    }
    return sum;
  }

  /** The sequence's n-th number in [0, 1), with 53 random bits. */
  double uniform(long n) {
    long z = seed + n * GOLDEN_GAMMA;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return ((z ^ (z >>> 31)) >>> 11) * 0x1.0p-53;
  }
}
