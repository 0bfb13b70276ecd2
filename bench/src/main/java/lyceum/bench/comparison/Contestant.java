package lyceum.bench.comparison;

import java.util.Map;

/**
 * One side of a comparison, ready to work and idle between rounds. Usually a {@link
 * ChildContestant}, so that cores, memory and warm-up are its own.
 */
public interface Contestant extends AutoCloseable {
  /** Name with version, as tables show it. */
  String name();

  /**
   * Does the work once and says how it went.
   *
   * @return value of each {@link Measure} by its name; a measure may be left out
   */
  Map<String, Double> round();

  @Override
  void close();
}
