package lyceum.model.training;

import lyceum.core.LyceumException;
import lyceum.data.shard.TokenShard;
import lyceum.data.shard.Tokens;
import lyceum.data.tokenizer.BpeTokenizer;

/**
 * An endless sequence of rows of text. In each epoch the shard is cut into windows of one length,
 * at an offset of the epoch's own, and the windows are taken in an order of the epoch's own: every
 * token is seen about once an epoch, with other neighbours at the cuts. A pure function of the
 * shard and the seed. For one thread.
 */
public final class TextWindows implements TextRows {
  private final Tokens tokens;
  private final int length;
  private final long seed;
  private final int windows;
  private final ShuffledOrder order;
  private final boolean[] control;

  /**
   * All text of a shard.
   *
   * @param length tokens of a row
   * @throws LyceumException of category USER when the shard is too short for one row
   */
  public TextWindows(TokenShard shard, BpeTokenizer tokenizer, int length, long seed) {
    this(
        "The training text",
        shard,
        TokenScorer.controlTokens(tokenizer, shard.largestId()),
        length,
        seed);
  }

  /**
   * @param what the text is, for people
   * @param control whether each id is a control token
   * @param length tokens of a row
   * @throws LyceumException of category USER when the text is too short for one row
   */
  TextWindows(String what, Tokens tokens, boolean[] control, int length, long seed) {
    // So many fit behind any offset, with one token more to be predicted by the last.
    long windows = tokens.size() / length - 1;
    if (windows < 1) {
      throw LyceumException.user(
          what
              + " has "
              + tokens.size()
              + " tokens; sequences of contextLength "
              + length
              + " need at least "
              + 2 * length
              + ". Add text or shorten the context.");
    }
    this.tokens = tokens;
    this.length = length;
    this.seed = seed;
    this.windows = Math.toIntExact(windows);
    this.order = new ShuffledOrder(this.windows, Seeds.derive(seed, 0));
    this.control = control;
  }

  /** Rows of an epoch. */
  int rowsOfAnEpoch() {
    return windows;
  }

  @Override
  public void append(TokenInputs.Builder inputs, long firstRow, int count, int intoRow) {
    int[] window = new int[length + 1];
    for (int r = 0; r < count; r++) {
      long row = firstRow + r;
      long offset = Math.floorMod(Seeds.derive(seed, 1, row / windows), length);
      tokens.read(offset + (long) order.at(row) * length, window);
      inputs.appendText(intoRow + r, window, control);
    }
  }
}
