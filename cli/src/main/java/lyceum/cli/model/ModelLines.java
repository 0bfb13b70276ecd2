package lyceum.cli.model;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import lyceum.cli.outcome.CommandFailure;
import lyceum.cli.outcome.ExitCode;
import lyceum.core.Tracker;

/** Model lines of the registry by name. */
final class ModelLines {
  static final String CHAMPION = "champion";
  static final String PREVIOUS = "previous";

  private final Tracker tracker;

  ModelLines(Tracker tracker) {
    this.tracker = tracker;
  }

  /**
   * The line that is meant: the one named, or the only one there is.
   *
   * @param name empty for the only one
   */
  String resolve(String name) {
    List<String> lines = tracker.modelLines();
    if (name.isEmpty() && lines.size() == 1) {
      return lines.get(0);
    }
    if (lines.contains(name)) {
      return name;
    }
    String known = lines.isEmpty() ? "there is none yet" : "there are " + String.join(", ", lines);
    throw name.isEmpty()
        ? new CommandFailure(ExitCode.USAGE, "Name a model line; " + known + ".")
        : new CommandFailure(
            ExitCode.NOT_FOUND, "There is no model line '" + name + "'; " + known + ".");
  }

  /** Aliases of each version, comma-separated. */
  Map<Integer, String> aliases(String line) {
    SortedMap<String, Integer> aliases = tracker.aliases(line);
    return aliases.entrySet().stream()
        .collect(
            Collectors.groupingBy(
                Map.Entry::getValue,
                Collectors.mapping(Map.Entry::getKey, Collectors.joining(", "))));
  }

  /**
   * The version meant by a number or an alias.
   *
   * @throws CommandFailure NOT_FOUND when there is none
   */
  Tracker.Version version(String line, String numberOrAlias) {
    String number = numberOrAlias.replaceFirst("^v", "");
    Integer version =
        number.matches("[0-9]{1,9}")
            ? Integer.valueOf(number)
            : tracker.aliases(line).get(numberOrAlias);
    if (version == null) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "The model line "
              + line
              + " has no alias '"
              + numberOrAlias
              + "'; it has "
              + tracker.aliases(line)
              + ".");
    }
    return tracker
        .version(line, version)
        .orElseThrow(
            () ->
                new CommandFailure(
                    ExitCode.NOT_FOUND,
                    "There is no version "
                        + version
                        + " of "
                        + line
                        + ". lyceum model list "
                        + line
                        + " shows those there are."));
  }
}
