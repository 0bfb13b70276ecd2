package lyceum.core.recipe;

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
}
