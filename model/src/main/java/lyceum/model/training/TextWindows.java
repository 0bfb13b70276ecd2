package lyceum.model.training;

import lyceum.core.LyceumException;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;

/**
 * An endless sequence of rows of text. In each epoch the shard is cut into windows of one length,
 * at an offset of the epoch's own, and the windows are taken in an order of the epoch's own: every
 * token is seen about once an epoch, with other neighbours at the cuts. A pure function of the
 * shard and the seed. For one thread.
 */
public final class TextWindows {
  private final TokenShard shard;
  private final int length;
  private final long seed;
  private final int windows;
  private final ShuffledOrder order;
  private final boolean[] control;

  /**
   * @param length tokens of a row
   * @throws LyceumException of category USER when the shard is too short for one row
   */
  public TextWindows(TokenShard shard, BpeTokenizer tokenizer, int length, long seed) {
    // So many fit behind any offset, with one token more to be predicted by the last.
    long windows = shard.size() / length - 1;
    if (windows < 1) {
      throw LyceumException.user(
          "The training text has "
              + shard.size()
              + " tokens; sequences of contextLength "
              + length
              + " need at least "
              + 2 * length
              + ". Add text or shorten the context.");
    }
    this.shard = shard;
    this.length = length;
    this.seed = seed;
    this.windows = Math.toIntExact(windows);
    this.order = new ShuffledOrder(this.windows, Seeds.derive(seed, 0));
    this.control = TokenScorer.controlTokens(tokenizer, shard.largestId());
  }

  /**
   * Puts the rows from a number on into inputs and asks for their tokens.
   *
   * @param intoRow the first row of the inputs to fill
   */
  public void append(TokenInputs.Builder inputs, long firstRow, int count, int intoRow) {
    int[] window = new int[length + 1];
    for (int r = 0; r < count; r++) {
      long row = firstRow + r;
      long offset = Math.floorMod(Seeds.derive(seed, 1, row / windows), length);
      shard.read(offset + (long) order.at(row) * length, window);
      inputs.appendText(intoRow + r, window, control);
    }
  }
}
