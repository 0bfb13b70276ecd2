package lyceum.model.inference;

import java.util.Arrays;

/**
 * Rows of a forward pass, each a token of a sequence. Rows of one sequence stand in the order of
 * their positions, and all positions before a row's are in its blocks already or in earlier rows.
 */
public final class Batch {
  int rows;
  int[] tokens = new int[64];
  int[] positions = new int[64];
  int[][] tables = new int[64][];
  int wanted;
  int[] wantedRows = new int[64];
  boolean logits = true;

  /** Empties it. */
  public void clear() {
    rows = 0;
    wanted = 0;
    logits = true;
  }

  /** Asks for no logits: hidden states alone. */
  public void hiddenOnly() {
    logits = false;
  }

  public int rows() {
    return rows;
  }

  public int wanted() {
    return wanted;
  }

  /**
   * Adds a row.
   *
   * @param table the sequence's blocks, the first {@code position / BLOCK + 1} of them valid
   */
  public void add(int token, int position, int[] table) {
    if (rows == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * rows);
      positions = Arrays.copyOf(positions, 2 * rows);
      tables = Arrays.copyOf(tables, 2 * rows);
    }
    tokens[rows] = token;
    positions[rows] = position;
    tables[rows++] = table;
  }

  /**
   * Asks for the output of the row added last.
   *
   * @return its place in the output
   */
  public int want() {
    if (wanted == wantedRows.length) {
      wantedRows = Arrays.copyOf(wantedRows, 2 * wanted);
    }
    wantedRows[wanted] = rows - 1;
    return wanted++;
  }
}
