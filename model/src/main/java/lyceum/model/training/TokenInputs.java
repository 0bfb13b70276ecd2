package lyceum.model.training;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import lyceum.core.LyceumException;
import lyceum.data.tokenizer.SpecialTokens;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The inputs of a loss over tokens: rows of ids with segment numbers, and for each token to be
 * predicted where it is predicted from, which it is, and its weight in the loss.
 *
 * @param ids_BT token ids
 * @param segments_BT the document or chat of each token; 0 is padding
 * @param positions_N places in the rows that a token is predicted from, counted over all rows
 * @param targets_N the tokens to predict
 * @param weights_N of each in the loss
 */
public record TokenInputs(
    Operand<TInt32> ids_BT,
    Operand<TInt32> segments_BT,
    Operand<TInt32> positions_N,
    Operand<TInt32> targets_N,
    Operand<TFloat32> weights_N) {

  /**
   * Adds the inputs to the graph.
   *
   * @param rows B, or -1 where it differs from batch to batch
   * @param length T
   */
  public static TokenInputs of(Computation computation, int rows, int length) {
    return new TokenInputs(
        computation.ints("ids", rows, length),
        computation.ints("segments", rows, length),
        computation.ints("positions", -1),
        computation.ints("targets", -1),
        computation.floats("weights", -1));
  }

  /**
   * Values for the inputs: sequences are laid side by side into rows, then the tokens to predict
   * are named.
   */
  public static final class Builder {
    private final int rows;
    private final int length;
    private final int[] ids;
    private final int[] segments;
    private final int[] used;
    private final int[] lastSegment;
    private int[] positions = new int[256];
    private int[] targets = new int[256];
    private float[] weights = new float[256];
    private int count;

    public Builder(int rows, int length) {
      this.rows = rows;
      this.length = length;
      this.ids = new int[rows * length];
      this.segments = new int[rows * length];
      this.used = new int[rows];
      this.lastSegment = new int[rows];
      Arrays.fill(ids, SpecialTokens.PAD);
    }

    /**
     * Puts a sequence into a row, as a segment of its own, after those that are there.
     *
     * @return the position of its first token
     */
    public int append(int row, int[] sequence, int from, int to) {
      int size = to - from;
      if (used[row] + size > length) {
        throw LyceumException.internal(
            "A sequence of "
                + size
                + " tokens does not fit into a row that has "
                + (length - used[row])
                + " free.");
      }
      int start = row * length + used[row];
      System.arraycopy(sequence, from, ids, start, size);
      Arrays.fill(segments, start, start + size, ++lastSegment[row]);
      used[row] += size;
      return start;
    }

    /** Puts a whole sequence into a row. */
    public int append(int row, int[] sequence) {
      return append(row, sequence, 0, sequence.length);
    }

    /**
     * Puts a run of text into a row: its documents become segments, and each place predicts the
     * token that follows. Control tokens, such as the one that begins a document, are not
     * predicted: nothing in the text before says that it ends there, and they have no bytes.
     *
     * @param window the row's tokens and one more
     * @param control whether an id is a control token; in text that is the one that begins a
     *     document, whatever its id in an adopted tokenizer is
     */
    public void appendText(int row, int[] window, boolean[] control) {
      int from = 0;
      for (int t = 1; t < window.length; t++) {
        boolean last = t == window.length - 1;
        if (last || control[window[t]]) {
          int start = append(row, window, from, t);
          for (int i = from; i < t; i++) {
            if (!control[window[i + 1]]) {
              predict(start + i - from, window[i + 1]);
            }
          }
          from = t;
        }
      }
    }

    /** Asks for a token from a position. Its weight is 0 until {@link #weigh}. */
    public void predict(int position, int target) {
      if (count == targets.length) {
        positions = Arrays.copyOf(positions, 2 * count);
        targets = Arrays.copyOf(targets, 2 * count);
        weights = Arrays.copyOf(weights, 2 * count);
      }
      positions[count] = position;
      targets[count++] = target;
    }

    /**
     * Gives a weight to the tokens from one to another (exclusive), in the order of {@link
     * #predict}.
     */
    public void weigh(int from, int to, double weight) {
      Arrays.fill(weights, from, to, (float) weight);
    }

    /** How many tokens are to be predicted. */
    public int count() {
      return count;
    }

    /** The position that a token is predicted from. */
    public int position(int i) {
      return positions[i];
    }

    /** The token to predict. */
    public int target(int i) {
      return targets[i];
    }

    /** The rows alone. */
    public Feeds rowFeeds() {
      return new Feeds().ints("ids", ids, rows, length).ints("segments", segments, rows, length);
    }

    public Feeds feeds() {
      return part(0, rows);
    }

    /**
     * The rows in equal parts, each with the tokens to predict from it, at their weights in the
     * whole.
     *
     * @param parts divides the number of rows
     */
    public List<Feeds> feeds(int parts) {
      if (rows % parts != 0) {
        throw LyceumException.internal(rows + " rows cannot be cut into " + parts + " parts.");
      }
      int size = rows / parts;
      return IntStream.range(0, parts).mapToObj(i -> part(i * size, (i + 1) * size)).toList();
    }

    private Feeds part(int fromRow, int toRow) {
      int from = fromRow * length;
      int to = toRow * length;
      int[] chosen =
          IntStream.range(0, count)
              .filter(i -> positions[i] >= from && positions[i] < to)
              .toArray();
      float[] weight = new float[chosen.length];
      for (int i = 0; i < chosen.length; i++) {
        weight[i] = weights[chosen[i]];
      }
      int size = toRow - fromRow;
      return new Feeds()
          .ints("ids", Arrays.copyOfRange(ids, from, to), size, length)
          .ints("segments", Arrays.copyOfRange(segments, from, to), size, length)
          .ints(
              "positions",
              Arrays.stream(chosen).map(i -> positions[i] - from).toArray(),
              chosen.length)
          .ints("targets", Arrays.stream(chosen).map(i -> targets[i]).toArray(), chosen.length)
          .floats("weights", weight, chosen.length);
    }
  }
}
