package lyceum.bench.comparison;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One measure of one case.
 *
 * @param caseName name of the case
 * @param ours our rounds
 * @param peers rounds of each peer that has the measure
 */
public record Row(String caseName, Measure measure, Rounds ours, List<Rounds> peers) {
  public Row {
    peers = List.copyOf(peers);
  }

  /** The peer with the best median. */
  public Optional<Rounds> bestPeer() {
    Comparator<Rounds> byMedian = Comparator.comparingDouble(Rounds::median);
    return measure.better() == Measure.Better.HIGHER
        ? peers.stream().max(byMedian)
        : peers.stream().min(byMedian);
  }

  /**
   * How many times better our median is than the best peer's: 2 is twice the rate or half the cost.
   * Empty where no peer has the measure.
   */
  public OptionalDouble ratio() {
    Optional<Rounds> peer = bestPeer();
    if (peer.isEmpty()) {
      return OptionalDouble.empty();
    }
    double us = ours.median();
    double them = peer.get().median();
    return OptionalDouble.of(measure.better() == Measure.Better.HIGHER ? us / them : them / us);
  }
}
