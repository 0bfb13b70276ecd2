package lyceum.model.alignment;

import java.nio.file.Path;
import java.util.List;
import lyceum.model.format.JsonLines;

/** Pairs of answers as JSON lines; the bytes are a pure function of them. */
public final class AnswerPairFile {
  private static final JsonLines<AnswerPair> LINES = new JsonLines<>(AnswerPair.class);

  private AnswerPairFile() {}

  /** Writes the pairs in their order. */
  public static void write(Path file, List<AnswerPair> pairs) {
    LINES.write(file, pairs);
  }

  /**
   * Reads the pairs in file order.
   *
   * @throws lyceum.core.LyceumException of category USER when a line is no pair, naming file and
   *     line
   */
  public static List<AnswerPair> read(Path file) {
    return LINES.read(file);
  }
}
