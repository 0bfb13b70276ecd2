package lyceum.connectors.recipe;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A YAML value that knows where it was written. */
sealed interface Value {
  /** For people: a file with its line, or the override. */
  String origin();

  /** Whether someone wrote it, rather than the built-in defaults. */
  boolean isGiven();

  /** What it is, for messages. */
  String kind();

  /** A mapping; keys in the order in which they were written. */
  record Mapping(Map<String, Value> entries, String origin, boolean isGiven) implements Value {
    public Mapping {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    @Override
    public String kind() {
      return "a mapping";
    }

    /** This mapping with the other's values over its own, mappings merged key by key. */
    Mapping over(Mapping other) {
      Map<String, Value> merged = new LinkedHashMap<>(entries);
      other.entries.forEach((key, value) -> merged.merge(key, value, Mapping::overlaid));
      return other.isGiven || !isGiven
          ? new Mapping(merged, other.origin, other.isGiven)
          : new Mapping(merged, origin, true);
    }

    private static Value overlaid(Value mine, Value theirs) {
      if (mine instanceof Mapping below) {
        if (theirs instanceof Mapping above) {
          return below.over(above);
        }
        if (theirs instanceof Scalar scalar && scalar.isNull()) {
          return below;
        }
      }
      return theirs;
    }

    /** This mapping with one entry replaced or added. */
    Mapping with(String key, Value value) {
      Map<String, Value> changed = new LinkedHashMap<>(entries);
      changed.put(key, value);
      return new Mapping(changed, origin, isGiven);
    }
  }

  /** A list. */
  record Sequence(List<Value> items, String origin, boolean isGiven) implements Value {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String kind() {
      return "a list";
    }
  }

  /**
   * Anything else, as it was written.
   *
   * @param quoted whether it was written in quotes or as a block, which makes it text whatever it
   *     looks like
   */
  record Scalar(String text, boolean quoted, String origin, boolean isGiven) implements Value {
    @Override
    public String kind() {
      return isNull() ? "nothing" : "'" + text + "'";
    }

    boolean isNull() {
      return !quoted && (text.isEmpty() || text.equals("~") || text.equals("null"));
    }
  }
}
