package lyceum.model.training;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SourceWeight;
import lyceum.data.shard.TokenShard;
import lyceum.data.shard.Tokens;
import lyceum.data.tokenizer.BpeTokenizer;

/**
 * Rows of text from several sources in given proportions. Each source's rows are {@link
 * TextWindows} of its own text; a {@link Mixture} says whose turn it is.
 */
public final class MixedText implements TextRows {
  /** Metric, with the source's name behind it: how often its text has been gone through. */
  public static final String EPOCHS = "epochs/";

  private final List<String> names = new ArrayList<>();
  private final List<TextWindows> windows = new ArrayList<>();
  private final Mixture mixture;

  /**
   * @param rows that will be asked for
   * @throws LyceumException of category USER when a source has too little text, or all of them with
   *     their caps
   */
  public MixedText(
      TokenShard shard,
      List<SourceWeight> weights,
      BpeTokenizer tokenizer,
      int length,
      long rows,
      long seed) {
    boolean[] control = TokenScorer.controlTokens(tokenizer, shard.largestId());
    List<Mixture.Share> shares = new ArrayList<>();
    for (SourceWeight one : weights) {
      if (one.weight() > 0) {
        Tokens tokens = shard.source(one.source());
        TextWindows own =
            new TextWindows(
                "The training text of the source '" + one.source() + "'",
                tokens,
                control,
                length,
                Seeds.derive(seed, 2, names.size()));
        long most =
            one.maxEpochs() == 0 ? Long.MAX_VALUE : (long) one.maxEpochs() * own.rowsOfAnEpoch();
        names.add(one.source());
        windows.add(own);
        shares.add(new Mixture.Share(one.source(), one.weight(), most));
      }
    }
    this.mixture = new Mixture(shares, rows, Seeds.derive(seed, 3));
  }

  @Override
  public void append(TokenInputs.Builder inputs, long firstRow, int count, int intoRow) {
    for (int r = 0; r < count; r++) {
      Mixture.Row row = mixture.row(firstRow + r);
      windows.get(row.source()).append(inputs, row.row(), 1, intoRow + r);
    }
  }

  @Override
  public SortedMap<String, Double> figures(long rows) {
    long[] counts = mixture.counts(rows);
    SortedMap<String, Double> figures = new TreeMap<>();
    for (int i = 0; i < counts.length; i++) {
      figures.put(EPOCHS + names.get(i), (double) counts[i] / windows.get(i).rowsOfAnEpoch());
    }
    return figures;
  }
}
