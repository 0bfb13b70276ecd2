package lyceum.model.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.Feeds;
import lyceum.model.training.TokenInputs;
import lyceum.model.training.TokenScorer;

/**
 * How many bits a model needs for a byte of text, which compares models whatever their tokenizers
 * are: the cross-entropy of the tokens, in bits, over their length in bytes.
 *
 * <p>The text is the first tokens of a shard, cut into rows of the context length. Each token but
 * the first is predicted once, from the part of its document that is before it in its row. Control
 * tokens are not predicted; they have no bytes.
 */
public final class BitsPerByte {
  public static final String SUITE = "validation";
  public static final String METRIC = "bits_per_byte";

  private static final int ROWS = 16;

  private BitsPerByte() {}

  /**
   * Measures a model with its whole context; the standard error is that of the mean over the rows.
   *
   * @param maxTokens how many tokens of the shard to look at, from its start
   */
  public static Score measure(LanguageModel model, TokenShard shard, int maxTokens) {
    return measure(model, shard, maxTokens, ItemSink.NONE);
  }

  /** {@link #measure(LanguageModel, TokenShard, int)}, row by row. */
  public static Score measure(
      LanguageModel model, TokenShard shard, int maxTokens, ItemSink items) {
    int contextLength = model.config().contextLength();
    try (TokenScorer scorer = new TokenScorer(model, contextLength)) {
      return measure(
          scorer::tokenLosses, shard, model.tokenizer(), maxTokens, ROWS, contextLength, items);
    }
  }

  /** Measures a model with a shorter context. */
  public static Score measure(
      LanguageModel model, TokenShard shard, int maxTokens, int contextLength) {
    try (TokenScorer scorer = new TokenScorer(model, contextLength)) {
      return measure(scorer::tokenLosses, shard, model.tokenizer(), maxTokens, ROWS, contextLength);
    }
  }

  /**
   * Measures whatever knows the cross-entropy of tokens.
   *
   * @param tokenLosses cross-entropies in nats of the tokens to be predicted
   * @param batch rows that it takes at a time; it is always given so many
   */
  public static Score measure(
      Function<Feeds, float[]> tokenLosses,
      TokenShard shard,
      BpeTokenizer tokenizer,
      int maxTokens,
      int batch,
      int contextLength) {
    return measure(tokenLosses, shard, tokenizer, maxTokens, batch, contextLength, ItemSink.NONE);
  }

  private static Score measure(
      Function<Feeds, float[]> tokenLosses,
      TokenShard shard,
      BpeTokenizer tokenizer,
      int maxTokens,
      int batch,
      int contextLength,
      ItemSink items) {
    long tokens = Math.min(maxTokens, shard.size());
    if (tokens < 2) {
      throw LyceumException.user(
          "The validation text has " + tokens + " tokens; at least 2 are needed to predict one.");
    }
    boolean[] control = TokenScorer.controlTokens(tokenizer, shard.largestId());
    List<Row> rows = new ArrayList<>();
    long predicted = 0;
    for (long first = 0; first < tokens - 1; first += (long) batch * contextLength) {
      TokenInputs.Builder inputs = new TokenInputs.Builder(batch, contextLength);
      for (int r = 0; r < batch; r++) {
        long start = first + (long) r * contextLength;
        if (start < tokens - 1) {
          int[] window = new int[(int) Math.min(contextLength + 1, tokens - start)];
          shard.read(start, window);
          inputs.appendText(r, window, control);
        }
      }
      if (inputs.count() > 0) {
        rows.addAll(
            rows(
                tokenLosses.apply(inputs.feeds()), inputs, tokenizer, batch, contextLength, first));
        predicted += inputs.count();
      }
    }
    for (Row row : rows) {
      // Where it starts and how long a row is: models with contexts of another length have others.
      items.add(
          new ItemScore(
              SUITE + "/" + METRIC,
              row.start() + "+" + contextLength,
              row.nats() / Math.log(2),
              row.bytes()));
    }
    return score(rows, predicted);
  }

  /** Sums over a row that starts at a token of the shard. */
  private record Row(long start, double nats, double bytes) {}

  private static List<Row> rows(
      float[] losses,
      TokenInputs.Builder inputs,
      BpeTokenizer tokenizer,
      int batch,
      int contextLength,
      long first) {
    double[] nats = new double[batch];
    double[] bytes = new double[batch];
    for (int i = 0; i < losses.length; i++) {
      int row = inputs.position(i) / contextLength;
      nats[row] += losses[i];
      bytes[row] += tokenizer.tokenBytes(inputs.target(i)).length;
    }
    List<Row> rows = new ArrayList<>();
    for (int r = 0; r < batch; r++) {
      if (bytes[r] > 0) {
        rows.add(new Row(first + (long) r * contextLength, nats[r], bytes[r]));
      }
    }
    return rows;
  }

  /** The ratio of the sums over the rows, with its standard error by the delta method. */
  private static Score score(List<Row> rows, long predicted) {
    double bytes = rows.stream().mapToDouble(Row::bytes).sum();
    if (bytes == 0) {
      throw LyceumException.user(
          "The validation text holds control tokens only; there is nothing to predict in it.");
    }
    double ratio = rows.stream().mapToDouble(Row::nats).sum() / bytes;
    double squares =
        rows.stream().mapToDouble(row -> Math.pow(row.nats() - ratio * row.bytes(), 2)).sum();
    int n = rows.size();
    double error = n < 2 ? 0 : Math.sqrt(squares * n / (n - 1)) / bytes;
    return new Score(SUITE, METRIC, ratio / Math.log(2), predicted, error / Math.log(2));
  }
}
