package lyceum.model.training;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lyceum.core.LyceumException;

/**
 * Which source each row of text is from, and which of that source's rows it is: a pure function of
 * weights, caps and seed that needs no replay of the rows before.
 *
 * <p>Sources are dealt out evenly: in the first n rows each has n times its share of the weights,
 * give or take less than the number of sources. Where a source has given all the rows it may, the
 * others share the rows after that by their weights.
 */
final class Mixture {
  /** Shares are whole numbers of this many parts, so that counts are exact. */
  private static final int BITS = 31;

  private static final long WHOLE = 1L << BITS;

  /** More rows than this would not be counted exactly. */
  private static final long MOST_ROWS = 1L << BITS;

  private final int sources;
  private final List<Phase> phases = new ArrayList<>();

  /**
   * A source's part in the mixture.
   *
   * @param weight positive
   * @param mostRows that it may give; {@link Long#MAX_VALUE} for any number
   */
  record Share(String source, double weight, long mostRows) {}

  /**
   * A row of the mixture.
   *
   * @param source its place in the list of shares
   * @param row of that source, from 0 on
   */
  record Row(int source, long row) {}

  /**
   * @param rows that will be asked for
   * @throws LyceumException of category USER when the caps leave fewer rows than that
   */
  Mixture(List<Share> shares, long rows, long seed) {
    if (rows > MOST_ROWS) {
      throw LyceumException.user(
          "A training of " + rows + " rows is longer than a mixture counts: " + MOST_ROWS + ".");
    }
    this.sources = shares.size();
    List<Integer> active = new ArrayList<>(IntStream.range(0, sources).boxed().toList());
    long[] given = new long[sources];
    long first = 0;
    while (first < rows) {
      if (active.isEmpty()) {
        throw LyceumException.user(
            "pretraining.mixture: with their maxEpochs the sources give "
                + first
                + " rows of text, and the training takes "
                + rows
                + ". Raise maxEpochs, add text, or lower pretraining.steps.");
      }
      Phase phase = new Phase(first, List.copyOf(active), given.clone(), shares, seed);
      phases.add(phase);
      long length = phase.length(shares, rows - first);
      for (int source : phase.active) {
        given[source] += phase.count(source, length);
        if (given[source] >= shares.get(source).mostRows()) {
          active.remove((Integer) source);
        }
      }
      first += length;
    }
  }

  Row row(long number) {
    Phase phase = phaseOf(number);
    return phase.row(number - phase.first);
  }

  /** How many of the first rows are from each source. */
  long[] counts(long rows) {
    long[] counts = new long[sources];
    if (rows > 0) {
      Phase phase = phaseOf(rows - 1);
      for (int source = 0; source < sources; source++) {
        counts[source] = phase.given[source] + phase.count(source, rows - phase.first);
      }
    }
    return counts;
  }

  private Phase phaseOf(long number) {
    int at = phases.size() - 1;
    while (phases.get(at).first > number) {
      at--;
    }
    return phases.get(at);
  }

  /**
   * Rows over which the same sources take part. Of every rows that reach a source in their list it
   * takes its share of what it and those after it weigh, spread as evenly as whole rows can be.
   */
  private static final class Phase {
    final long first;
    final List<Integer> active;

    /** Rows that each source gave before. */
    final long[] given;

    private final long[] share;
    private final long[] offset;

    Phase(long first, List<Integer> active, long[] given, List<Share> shares, long seed) {
      this.first = first;
      this.active = active;
      this.given = given;
      this.share = new long[active.size()];
      this.offset = new long[active.size()];
      double left = active.stream().mapToDouble(source -> shares.get(source).weight()).sum();
      for (int i = 0; i < active.size(); i++) {
        double weight = shares.get(active.get(i)).weight();
        boolean last = i == active.size() - 1;
        share[i] = last ? WHOLE : Math.clamp(Math.round(WHOLE * (weight / left)), 1, WHOLE);
        offset[i] = last ? 0 : Seeds.derive(seed, first, i) >>> (Long.SIZE - BITS);
        left -= weight;
      }
    }

    /** How many of the first rows that reach a place it takes. */
    private long taken(int place, long rows) {
      return (rows * share[place] + offset[place]) >>> BITS;
    }

    Row row(long number) {
      long reaching = number;
      for (int i = 0; ; i++) {
        long taken = taken(i, reaching);
        if (taken(i, reaching + 1) > taken) {
          int source = active.get(i);
          return new Row(source, given[source] + taken);
        }
        reaching -= taken;
      }
    }

    /** How many of the phase's first rows are from a source. */
    long count(int source, long rows) {
      long reaching = rows;
      for (int i = 0; i < active.size(); i++) {
        long taken = taken(i, reaching);
        if (active.get(i) == source) {
          return taken;
        }
        reaching -= taken;
      }
      return 0;
    }

    /** Rows until the first source has given all it may. */
    long length(List<Share> shares, long most) {
      long length = most;
      for (int source : active) {
        long may = shares.get(source).mostRows() - given[source];
        long low = 0;
        long high = length;
        while (low < high) {
          long middle = low + (high - low) / 2;
          if (count(source, middle) >= may) {
            high = middle;
          } else {
            low = middle + 1;
          }
        }
        length = low;
      }
      return length;
    }
  }
}
