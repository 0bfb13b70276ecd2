package lyceum.model.evaluation;

import java.nio.file.Path;
import java.util.List;
import lyceum.model.format.JsonLines;

/** Scores of items as JSON lines; the bytes are a pure function of them. */
public final class ItemScoreFile {
  private static final JsonLines<ItemScore> LINES = new JsonLines<>(ItemScore.class);

  private ItemScoreFile() {}

  /** Writes the items in their order. */
  public static void write(Path file, List<ItemScore> items) {
    LINES.write(file, items);
  }

  /**
   * Reads the items in file order.
   *
   * @throws lyceum.core.LyceumException of category USER when a line is no item, naming file and
   *     line
   */
  public static List<ItemScore> read(Path file) {
    return LINES.read(file);
  }
}
