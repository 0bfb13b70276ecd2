package lyceum.model.training;

import java.util.SplittableRandom;
import lyceum.core.LyceumException;

/**
 * An endless order of items: all of them in an order of its own in each epoch. A pure function of
 * size, seed and place, so that a training can begin anywhere. For one thread.
 */
public final class ShuffledOrder {
  private final int size;
  private final long seed;
  private long epoch = -1;
  private int[] order = new int[0];

  public ShuffledOrder(int size, long seed) {
    if (size <= 0) {
      throw LyceumException.internal("There is no order of " + size + " items.");
    }
    this.size = size;
    this.seed = seed;
  }

  /** The item at a place, from 0 on. */
  public int at(long place) {
    return epoch(place / size)[(int) (place % size)];
  }

  /** All items in the order of an epoch; not to be changed. */
  public int[] epoch(long number) {
    if (number != epoch) {
      order = shuffled(number);
      epoch = number;
    }
    return order;
  }

  private int[] shuffled(long number) {
    SplittableRandom random = new SplittableRandom(Seeds.derive(seed, number));
    int[] items = new int[size];
    for (int i = 0; i < size; i++) {
      int j = random.nextInt(i + 1);
      items[i] = items[j];
      items[j] = i;
    }
    return items;
  }
}
