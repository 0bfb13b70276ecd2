package lyceum.data.shard;

/** Token ids that can be read from any place. */
public interface Tokens {
  /** Number of tokens. */
  long size();

  /**
   * Fills the array with the ids from a place on.
   *
   * @throws IndexOutOfBoundsException when the tokens end before the array is full
   */
  void read(long from, int[] into);
}
