package lyceum.connectors.storage;

import java.util.regex.Pattern;
import lyceum.core.LyceumException;

/**
 * What a document may be called, so that every store can hold it: path segments of plain
 * characters.
 */
final class DocumentNames {
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_=@+-][A-Za-z0-9._=@+-]*(/[A-Za-z0-9_=@+-][A-Za-z0-9._=@+-]*)*");
  private static final int MAX_LENGTH = 900;

  private DocumentNames() {}

  static String require(String name) {
    if (name.length() > MAX_LENGTH || !NAME.matcher(name).matches()) {
      throw LyceumException.user(
          "'"
              + name
              + "' cannot name a document. Use segments of letters, digits and . _ = @ + - with / between them,"
              + " none beginning with a dot, at most "
              + MAX_LENGTH
              + " characters.");
    }
    return name;
  }
}
