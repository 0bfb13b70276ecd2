package lyceum.model.training;

import java.util.ArrayList;
import java.util.List;
import lyceum.core.LyceumException;

/** Which sequences share a row, so that little of a batch is padding. */
public final class Packing {
  /** Rows that may still take a sequence; more pack hardly tighter but cost time. */
  private static final int OPEN_ROWS = 32;

  private Packing() {}

  /**
   * Packs sequences, in their order, each into the first open row that has room for it.
   *
   * @param sizes of the sequences in tokens
   * @param length of a row; no sequence is longer
   * @return for each row the numbers of its sequences
   */
  public static List<List<Integer>> rows(int[] sizes, int length) {
    List<List<Integer>> rows = new ArrayList<>();
    List<Integer> open = new ArrayList<>();
    int[] used = new int[sizes.length];
    for (int s = 0; s < sizes.length; s++) {
      int size = sizes[s];
      if (size <= 0 || size > length) {
        throw LyceumException.internal(
            "A sequence of " + size + " tokens does not go into a row of " + length + ".");
      }
      int row = -1;
      for (int candidate : open) {
        if (used[candidate] + size <= length) {
          row = candidate;
          break;
        }
      }
      if (row < 0) {
        row = rows.size();
        rows.add(new ArrayList<>());
        open.add(row);
        if (open.size() > OPEN_ROWS) {
          open.removeFirst();
        }
      }
      rows.get(row).add(s);
      used[row] += size;
    }
    return rows;
  }
}
