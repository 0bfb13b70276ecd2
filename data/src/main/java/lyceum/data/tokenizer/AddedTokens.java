package lyceum.data.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds tokens that are matched in the text before it is cut into pieces: leftmost first, the
 * longest among those that begin at one place, as Hugging Face {@code tokenizers} does.
 */
final class AddedTokens {
  /**
   * A token that text is searched for.
   *
   * @param content its bytes
   * @param id what it becomes
   * @param special whether it is a control token; one in a text hides others that begin inside of
   *     it, and stays text
   */
  record Added(byte[] content, int id, boolean special) {}

  /** Takes what lies between added tokens, and the tokens, from left to right. */
  interface Receiver {
    void text(int from, int to);

    void token(int id);
  }

  /** By first byte, the longest first. */
  private final List<List<Added>> byFirstByte = new ArrayList<>();

  private final boolean anyInText;

  AddedTokens(List<Added> tokens) {
    anyInText = tokens.stream().anyMatch(token -> !token.special());
    for (int b = 0; b < 256; b++) {
      byte first = (byte) b;
      byFirstByte.add(
          tokens.stream()
              .filter(token -> token.content()[0] == first)
              .sorted(Comparator.comparingInt((Added token) -> -token.content().length))
              .toList());
    }
  }

  /** Whether no text is ever cut. */
  boolean isEmpty() {
    return !anyInText;
  }

  void split(byte[] text, int from, int to, Receiver receiver) {
    int done = from;
    int at = from;
    while (at < to) {
      Added found = at(text, at, to);
      if (found == null) {
        at++;
        continue;
      }
      int end = at + found.content().length;
      if (!found.special()) {
        if (at > done) {
          receiver.text(done, at);
        }
        receiver.token(found.id());
        done = end;
      }
      at = end;
    }
    if (to > done) {
      receiver.text(done, to);
    }
  }

  private @Nullable Added at(byte[] text, int at, int to) {
    for (Added token : byFirstByte.get(text[at] & 0xFF)) {
      byte[] content = token.content();
      if (at + content.length <= to
          && Arrays.equals(text, at, at + content.length, content, 0, content.length)) {
        return token;
      }
    }
    return null;
  }
}
