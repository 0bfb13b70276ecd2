package lyceum.model.alignment;

import java.nio.file.Path;
import java.util.List;
import lyceum.model.format.JsonLines;

/** Ranked pairs as JSON lines; the bytes are a pure function of them. */
public final class PreferenceFile {
  private static final JsonLines<PreferencePair> LINES = new JsonLines<>(PreferencePair.class);

  private PreferenceFile() {}

  /** Writes the pairs in their order. */
  public static void write(Path file, List<PreferencePair> pairs) {
    LINES.write(file, pairs);
  }

  /**
   * Reads the pairs in file order.
   *
   * @throws lyceum.core.LyceumException of category USER when a line is no pair, naming file and
   *     line
   */
  public static List<PreferencePair> read(Path file) {
    return LINES.read(file);
  }
}
