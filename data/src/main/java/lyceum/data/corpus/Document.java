package lyceum.data.corpus;

import lyceum.core.LyceumException;

/**
 * One text with its origin.
 *
 * @param id unique within the source: the file inside the archive, and the line where the file
 *     holds one document a line
 * @param source name of the source in the recipe
 * @param text any Unicode text
 */
public record Document(String id, String source, String text) {
  public Document {
    if (id.isEmpty() || source.isEmpty()) {
      throw LyceumException.user(
          "A document needs an id and a source, not id '" + id + "' and source '" + source + "'.");
    }
  }
}
