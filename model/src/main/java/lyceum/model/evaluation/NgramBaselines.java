package lyceum.model.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;

/**
 * What counting alone reaches: bits per byte of a unigram, a bigram and a 5-gram model on the
 * tokens that {@link BitsPerByte} scores.
 *
 * <p>All three are one model, interpolated absolute discounting (Ney, Essen and Kneser 1994), cut
 * off at order 1, 2 and 5:
 *
 * <pre>P(w | h) = max(c(hw) - D, 0) / c(h) + D N(h) / c(h) P(w | h without its first token)</pre>
 *
 * with c the counts in the training tokens, N(h) the number of different tokens seen after h, and
 * below the unigram the uniform distribution over the vocabulary. The discount of each order is D =
 * n1 / (n1 + 2 n2) from the numbers of n-grams seen once and twice in the training tokens. Nothing
 * is fitted to the validation tokens.
 */
public final class NgramBaselines {
  private static final int HIGHEST_ORDER = 5;

  /**
   * Training tokens counted at most, the first ones: bounds the memory to 2 GiB where a corpus is
   * large.
   */
  private static final int MOST_TOKENS = 1 << 26;

  /** Bits of a key that hold the token; the others hold a hash of what precedes it. */
  private static final int TOKEN_BITS = 20;

  private NgramBaselines() {}

  /**
   * Counts the training tokens and scores the validation tokens from the second to the {@code
   * maxTokens}-th, control tokens left out as {@link BitsPerByte} does, each from the up to four
   * tokens before it.
   *
   * @param maxTokens at most this many tokens of the validation shard are read
   * @return of suite {@code validation}: {@code unigram_bits_per_byte}, {@code
   *     bigram_bits_per_byte}, {@code fivegram_bits_per_byte}, each with as many samples as tokens
   *     scored and the standard error of the mean over them
   * @throws LyceumException USER when a shard has fewer than two tokens or was made with another
   *     tokenizer
   */
  public static List<Score> measure(
      TokenShard train, TokenShard validation, BpeTokenizer tokenizer, int maxTokens) {
    if (train.size() < 2 || validation.size() < 2) {
      throw LyceumException.user(
          "N-gram baselines need two tokens at least; the training shard has "
              + train.size()
              + ", the validation shard "
              + validation.size()
              + ".");
    }
    int vocabulary = tokenizer.vocabularySize();
    if (Math.max(train.largestId(), validation.largestId()) >= vocabulary
        || vocabulary > 1 << TOKEN_BITS) {
      throw LyceumException.user(
          "The shards hold token ids up to "
              + Math.max(train.largestId(), validation.largestId())
              + "; the tokenizer has "
              + vocabulary
              + " of at most "
              + (1 << TOKEN_BITS)
              + " ids.");
    }
    int[] trainTokens = new int[(int) Math.min(train.size(), MOST_TOKENS)];
    train.read(0, trainTokens);
    int[] scored = new int[(int) Math.min(validation.size(), maxTokens)];
    validation.read(0, scored);

    double[] probability = new double[scored.length];
    Arrays.fill(probability, 1.0 / vocabulary);
    List<Score> scores = new ArrayList<>();
    for (int order = 1; order <= HIGHEST_ORDER; order++) {
      // One order's counts at a time: each interpolates with the probabilities of the order below.
      new Counts(trainTokens, order).interpolate(scored, probability);
      String name =
          order == 1 ? "unigram" : order == 2 ? "bigram" : order == HIGHEST_ORDER ? "fivegram" : "";
      if (!name.isEmpty()) {
        scores.add(bitsPerByte(name + "_bits_per_byte", scored, probability, tokenizer));
      }
    }
    return scores;
  }

  private static Score bitsPerByte(
      String metric, int[] scored, double[] probability, BpeTokenizer tokenizer) {
    double sum = 0;
    double squares = 0;
    long bytes = 0;
    long samples = 0;
    for (int i = 1; i < scored.length; i++) {
      if (tokenizer.isSpecial(scored[i])) {
        continue;
      }
      samples++;
      double bits = -Math.log(probability[i]) / Math.log(2);
      sum += bits;
      squares += bits * bits;
      bytes += tokenizer.tokenBytes(scored[i]).length;
    }
    if (bytes == 0) {
      throw LyceumException.user("The validation tokens to score hold no text.");
    }
    double mean = sum / samples;
    double variance = Math.max(0, squares / samples - mean * mean);
    return new Score(
        "validation", metric, sum / bytes, samples, Math.sqrt(variance * samples) / bytes);
  }

  /**
   * How often each n-gram of one order occurs, in ascending order of keys, so that one context's
   * n-grams are neighbours.
   */
  private static final class Counts {
    private final int order;
    private final long[] keys;
    private final int[] counts;
    private final double discount;

    Counts(int[] tokens, int order) {
      this.order = order;
      long[] all = new long[Math.max(0, tokens.length - order + 1)];
      for (int i = 0; i < all.length; i++) {
        all[i] = key(context(tokens, i + order - 1), tokens[i + order - 1]);
      }
      Arrays.parallelSort(all);
      int[] runs = new int[all.length];
      int different = 0;
      for (int i = 0; i < all.length; i++) {
        if (i > 0 && all[i] == all[different - 1]) {
          runs[different - 1]++;
        } else {
          all[different] = all[i];
          runs[different++] = 1;
        }
      }
      keys = Arrays.copyOf(all, different);
      counts = Arrays.copyOf(runs, different);
      long once = 0;
      long twice = 0;
      for (int count : counts) {
        once += count == 1 ? 1 : 0;
        twice += count == 2 ? 1 : 0;
      }
      discount = once == 0 ? 0.5 : (double) once / (once + 2 * twice);
    }

    /**
     * A hash of the {@code order - 1} tokens before {@code at}; two contexts share one about once
     * in 10^13 pairs.
     */
    private long context(int[] tokens, int at) {
      long hash = 0;
      for (int i = at - order + 1; i < at; i++) {
        hash = (hash + tokens[i] + 1) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
      }
      return hash;
    }

    private static long key(long context, int token) {
      return (context << TOKEN_BITS) | token;
    }

    /** Replaces each token's probability under the order below by that under this order. */
    void interpolate(int[] scored, double[] probability) {
      for (int i = order - 1; i < scored.length; i++) {
        long first = key(context(scored, i), 0);
        int from = position(first);
        long total = 0;
        int types = 0;
        long own = 0;
        for (int k = from; k < keys.length && keys[k] >>> TOKEN_BITS == first >>> TOKEN_BITS; k++) {
          total += counts[k];
          types++;
          own = keys[k] == (first | scored[i]) ? counts[k] : own;
        }
        if (total > 0) {
          probability[i] =
              Math.max(own - discount, 0) / total + discount * types / total * probability[i];
        }
      }
    }

    private int position(long key) {
      int found = Arrays.binarySearch(keys, key);
      return found >= 0 ? found : -found - 1;
    }
  }
}
