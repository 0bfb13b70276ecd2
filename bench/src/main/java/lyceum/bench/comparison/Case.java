package lyceum.bench.comparison;

import java.util.List;
import java.util.function.Supplier;

/**
 * One setting under which all do the same work.
 *
 * @param name such as {@code 32768 ids, one core}
 * @param measures what each round yields, in the order of the table
 * @param ours starts our side
 * @param peers start the others; a ratio is against the best of them
 */
public record Case(
    String name,
    List<Measure> measures,
    Supplier<Contestant> ours,
    List<Supplier<Contestant>> peers) {
  public Case {
    measures = List.copyOf(measures);
    peers = List.copyOf(peers);
    if (measures.isEmpty()) {
      throw new IllegalArgumentException("the case '" + name + "' measures nothing");
    }
  }
}
