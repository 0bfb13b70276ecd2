package lyceum.core.recipe;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import lyceum.core.LyceumException;

/** The checks that recipe records share; each failure names the key and shows the value. */
final class Check {
  private Check() {}

  static void positive(String key, long value) {
    if (value <= 0) {
      throw LyceumException.user(key + " must be positive, not " + value + ".");
    }
  }

  static void notNegative(String key, long value) {
    if (value < 0) {
      throw LyceumException.user(key + " must not be negative, not " + value + ".");
    }
  }

  static void positive(String key, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw LyceumException.user(key + " must be positive, not " + value + ".");
    }
  }

  static void between(String key, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw LyceumException.user(
          key + " must lie between " + low + " and " + high + ", not " + value + ".");
    }
  }

  static void name(String key, String value) {
    if (!value.matches("[a-z0-9][a-z0-9-]{0,62}")) {
      throw LyceumException.user(
          key
              + " must be lower-case letters, digits and hyphens (at most 63), not '"
              + value
              + "'.");
    }
  }

  /** Refuses a name that is not among the known ones, and says which of them is nearest. */
  static void known(String key, String kind, String name, List<String> known) {
    if (!known.contains(name)) {
      String nearest =
          known.stream().min(Comparator.comparingInt(other -> distance(name, other))).orElseThrow();
      throw LyceumException.user(
          "%s names the %s '%s', which there is not. Did you mean '%s'? There are %s."
              .formatted(key, kind, name, nearest, known));
    }
  }

  /** Characters to insert, delete or change to make one text of another (Levenshtein). */
  private static int distance(String from, String to) {
    int[] row = IntStream.rangeClosed(0, to.length()).toArray();
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
