package lyceum.model.training;

import java.util.SortedMap;
import java.util.TreeMap;

/** An endless sequence of rows of text; a pure function of text and seed. For one thread. */
public interface TextRows {
  /**
   * Puts the rows from a number on into inputs and asks for their tokens.
   *
   * @param intoRow the first row of the inputs to fill
   */
  void append(TokenInputs.Builder inputs, long firstRow, int count, int intoRow);

  /** Figures of the first rows for the curves, by name. */
  default SortedMap<String, Double> figures(long rows) {
    return new TreeMap<>();
  }
}
