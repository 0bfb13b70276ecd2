package lyceum.model.inference;

/** How the keys and values of sequences are cut into blocks of equal size. */
public final class BlockTable {
  /** Positions of a block. */
  public static final int BLOCK = 16;

  private BlockTable() {}

  /** Blocks that hold so many positions. */
  public static int blocks(int positions) {
    return (positions + BLOCK - 1) / BLOCK;
  }
}
