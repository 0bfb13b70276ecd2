package lyceum.bench.comparison;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import lyceum.core.LyceumException;

/**
 * Runs cases in interleaved rounds: ours, peer, ours, peer, … A machine that slows down for a while
 * slows both.
 *
 * @param warmUps rounds of each contestant that do not count
 * @param rounds rounds that count
 */
public record Comparison(int warmUps, int rounds) {
  public Comparison {
    if (warmUps < 0 || rounds < 1) {
      throw LyceumException.user(
          "A comparison needs at least one round, not "
              + rounds
              + ", and no fewer than zero warm-ups, not "
              + warmUps
              + ".");
    }
  }

  /**
   * Runs the cases one after the other. All contestants of a case live at the same time, and no two
   * work at the same time.
   *
   * @param progress told a line about each step
   */
  public List<Row> run(List<Case> cases, Consumer<String> progress) {
    List<Row> rows = new ArrayList<>();
    for (Case next : cases) {
      rows.addAll(run(next, progress));
    }
    return rows;
  }

  private List<Row> run(Case next, Consumer<String> progress) {
    List<Contestant> contestants = new ArrayList<>();
    try {
      contestants.add(next.ours().get());
      for (Supplier<Contestant> peer : next.peers()) {
        contestants.add(peer.get());
      }
      for (int i = 0; i < warmUps; i++) {
        for (Contestant contestant : contestants) {
          progress.accept(next.name() + ": " + contestant.name() + " warms up");
          contestant.round();
        }
      }
      List<Map<String, List<Double>>> values = new ArrayList<>();
      contestants.forEach(contestant -> values.add(new LinkedHashMap<>()));
      for (int round = 1; round <= rounds; round++) {
        for (int i = 0; i < contestants.size(); i++) {
          Map<String, Double> yield = contestants.get(i).round();
          progress.accept(
              "%s: round %d of %d, %s %s"
                  .formatted(next.name(), round, rounds, contestants.get(i).name(), yield));
          Map<String, List<Double>> ofContestant = values.get(i);
          yield.forEach(
              (measure, value) ->
                  ofContestant.computeIfAbsent(measure, m -> new ArrayList<>()).add(value));
        }
      }
      return rows(next, contestants, values);
    } finally {
      contestants.forEach(Contestant::close);
    }
  }

  private static List<Row> rows(
      Case of, List<Contestant> contestants, List<Map<String, List<Double>>> values) {
    List<Row> rows = new ArrayList<>();
    for (Measure measure : of.measures()) {
      List<Optional<Rounds>> all = new ArrayList<>();
      for (int i = 0; i < contestants.size(); i++) {
        String name = contestants.get(i).name();
        all.add(
            Optional.ofNullable(values.get(i).get(measure.name()))
                .map(found -> new Rounds(name, found)));
      }
      if (all.stream().allMatch(Optional::isEmpty)) {
        // It needs something that this machine does not have.
        continue;
      }
      Rounds ours =
          all.get(0)
              .orElseThrow(
                  () ->
                      LyceumException.internal(
                          "Our side of '"
                              + of.name()
                              + "' did not measure "
                              + measure.name()
                              + "."));
      rows.add(
          new Row(
              of.name(), measure, ours, all.stream().skip(1).flatMap(Optional::stream).toList()));
    }
    return rows;
  }
}
