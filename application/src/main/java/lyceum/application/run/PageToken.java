package lyceum.application.run;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;

/**
 * Where the next page of a list begins: Temporal's own token behind a mark of the query that it
 * belongs to. Temporal fails inside on a token that it did not make for the query; the mark tells
 * before it is asked.
 */
final class PageToken {
  private static final int MARK_BYTES = 8;

  private PageToken() {}

  /** The token to hand out; empty when there is no further page. */
  static String seal(String query, ByteString token) {
    if (token.isEmpty()) {
      return "";
    }
    byte[] raw = token.toByteArray();
    byte[] sealed = Arrays.copyOf(mark(query, raw), MARK_BYTES + raw.length);
    System.arraycopy(raw, 0, sealed, MARK_BYTES, raw.length);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);
  }

  /**
   * Temporal's token in one that was handed out; empty for the first page.
   *
   * @throws LyceumException USER for one that was not handed out for this query
   */
  static ByteString open(String query, String token) {
    if (token.isEmpty()) {
      return ByteString.EMPTY;
    }
    byte[] sealed;
    try {
      sealed = Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      throw wrong(token);
    }
    if (sealed.length <= MARK_BYTES) {
      throw wrong(token);
    }
    byte[] raw = Arrays.copyOfRange(sealed, MARK_BYTES, sealed.length);
    if (!Arrays.equals(mark(query, raw), Arrays.copyOf(sealed, MARK_BYTES))) {
      throw wrong(token);
    }
    return ByteString.copyFrom(raw);
  }

  private static byte[] mark(String query, byte[] raw) {
    String digest = Sha256.of(query + '\n' + HexFormat.of().formatHex(raw));
    return HexFormat.of().parseHex(digest.substring(0, 2 * MARK_BYTES));
  }

  private static LyceumException wrong(String token) {
    return LyceumException.user(
        "'"
            + token
            + "' begins no page of this list. Take the token from the page before, unchanged, and keep the filters.");
  }
}
