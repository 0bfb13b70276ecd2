package lyceum.console.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.regex.Pattern;
import lyceum.contracts.Payloads;
import org.jspecify.annotations.Nullable;

/**
 * A parameter of the path, the query or a header, and what it may be.
 *
 * @param in {@code path}, {@code query} or {@code header}
 * @param pattern the whole value matches it; {@code null} for other kinds
 * @param choices of which the value is one; empty for any
 */
public record Parameter(
    String name,
    String in,
    String description,
    Kind kind,
    @Nullable Pattern pattern,
    List<String> choices,
    long least,
    long most,
    boolean required) {
  private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

  /** Types of values. */
  public enum Kind {
    TEXT,
    INTEGER,
    BOOLEAN,
    TIME
  }

  public Parameter {
    choices = List.copyOf(choices);
  }

  public static Parameter text(String name, String pattern, String description) {
    return new Parameter(
        name, "query", description, Kind.TEXT, Pattern.compile(pattern), List.of(), 0, 0, false);
  }

  public static Parameter choice(String name, String description, List<String> choices) {
    return new Parameter(name, "query", description, Kind.TEXT, null, choices, 0, 0, false);
  }

  public static Parameter integer(String name, long least, long most, String description) {
    return new Parameter(
        name, "query", description, Kind.INTEGER, null, List.of(), least, most, false);
  }

  public static Parameter flag(String name, String description) {
    return new Parameter(name, "query", description, Kind.BOOLEAN, null, List.of(), 0, 0, false);
  }

  public static Parameter time(String name, String description) {
    return new Parameter(name, "query", description, Kind.TIME, null, List.of(), 0, 0, false);
  }

  static Parameter path(String name, String pattern, String description) {
    return new Parameter(
        name, "path", description, Kind.TEXT, Pattern.compile(pattern), List.of(), 0, 0, true);
  }

  static Parameter header(String name, String pattern, String description) {
    return new Parameter(
        name, "header", description, Kind.TEXT, Pattern.compile(pattern), List.of(), 0, 0, false);
  }

  public Parameter require() {
    return new Parameter(name, in, description, kind, pattern, choices, least, most, true);
  }

  /** What is wrong with the value; {@code null} when nothing is. */
  @Nullable String fault(String value) {
    return switch (kind) {
      case TEXT -> {
        if (!choices.isEmpty() && !choices.contains(value)) {
          yield "'" + value + "' is none of " + choices;
        }
        yield pattern != null && !pattern.matcher(value).matches()
            ? "'" + value + "' does not match " + pattern
            : null;
      }
      case INTEGER -> {
        boolean fits =
            value.matches("-?[0-9]{1,18}")
                && Long.parseLong(value) >= least
                && Long.parseLong(value) <= most;
        yield fits ? null : "'" + value + "' is no whole number between " + least + " and " + most;
      }
      case BOOLEAN ->
          value.equals("true") || value.equals("false")
              ? null
              : "'" + value + "' is neither true nor false";
      case TIME -> {
        try {
          Instant time = Instant.parse(value);
          // Temporal's store fails on years that no run was ever started in.
          yield time.isBefore(EARLIEST) || time.isAfter(LATEST)
              ? "'" + value + "' is not between " + EARLIEST + " and " + LATEST
              : null;
        } catch (DateTimeParseException e) {
          yield "'" + value + "' is no time such as 2026-11-21T22:45:00Z";
        }
      }
    };
  }

  ObjectNode document() {
    ObjectNode node = Payloads.mapper().createObjectNode();
    node.put("name", name).put("in", in).put("description", description);
    if (required) {
      node.put("required", true);
    }
    ObjectNode schema = node.putObject("schema");
    switch (kind) {
      case TEXT -> {
        schema.put("type", "string");
        if (pattern != null) {
          schema.put("pattern", "^(?:" + pattern.pattern() + ")$");
        }
        if (!choices.isEmpty()) {
          choices.forEach(schema.putArray("enum")::add);
        }
      }
      case INTEGER -> schema.put("type", "integer").put("minimum", least).put("maximum", most);
      case BOOLEAN -> schema.put("type", "boolean");
      case TIME -> schema.put("type", "string").put("format", "date-time");
    }
    return node;
  }
}
