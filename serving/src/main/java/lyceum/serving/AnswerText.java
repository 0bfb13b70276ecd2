package lyceum.serving;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Turns tokens into text that can be sent at once: a character whose bytes are spread over tokens
 * waits until it is whole, and text that may be the beginning of a stop string waits until it is
 * known not to be one.
 */
final class AnswerText {
  private final List<String> stops;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /** Bytes of a character that is not whole yet, at most three. */
  private byte[] openBytes = new byte[0];

  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  AnswerText(List<String> stops) {
    this.stops = stops;
  }

  /** Whether a stop string was met; what follows it is dropped. */
  boolean stopped() {
    return stopped;
  }

  /** Takes a token's bytes and returns the text that may go out, perhaps empty. */
  String add(byte[] bytes) {
    decode(bytes, false);
    return release(false);
  }

  /** Ends the text and returns what was still held. */
  String end() {
    decode(new byte[0], true);
    return release(true);
  }

  private void decode(byte[] bytes, boolean last) {
    if (stopped) {
      return;
    }
    ByteBuffer in =
        ByteBuffer.allocate(openBytes.length + bytes.length).put(openBytes).put(bytes).flip();
    CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
    decoder.decode(in, out, last);
    if (last) {
      decoder.flush(out);
    }
    openBytes = new byte[in.remaining()];
    in.get(openBytes);
    held.append(out.flip());
  }

  private String release(boolean all) {
    int end = held.length();
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (!stopped || at < end)) {
        stopped = true;
        end = at;
      }
    }
    if (stopped) {
      String text = held.substring(0, end);
      held.setLength(0);
      return text;
    }
    if (!all) {
      end -= longestOpenStop();
    }
    String text = held.substring(0, end);
    held.delete(0, end);
    return text;
  }

  /** Length of the longest end of the held text with which a stop string begins. */
  private int longestOpenStop() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
        if (stop.startsWith(held.substring(held.length() - length))) {
          longest = length;
        }
      }
    }
    return longest;
  }
}
