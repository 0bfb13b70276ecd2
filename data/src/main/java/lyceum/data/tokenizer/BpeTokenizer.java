package lyceum.data.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import lyceum.core.LyceumException;

/**
 * Byte-level byte-pair encoding (arXiv 1508.07909 over UTF-8 bytes, as in GPT-2): any text becomes
 * ids and comes back unchanged. Immutable but for a cache; safe for use by many threads.
 *
 * <p>{@link #encode} never gives a control token: text such as {@code <|end|>} is encoded as the
 * characters it is made of. (Hugging Face {@code tokenizers} does so only with {@code
 * encode_special_tokens = True}; otherwise it cuts control tokens out of the text first. On all
 * other text the ids are the same.)
 */
public final class BpeTokenizer {
  /** One merge: the tokens {@code left} and {@code right}, side by side, become {@code merged}. */
  record Merge(int left, int right, int merged) {}

  private static final int CACHED_PIECES = 1 << 17;
  private static final int LONGEST_CACHED_PIECE = 64;

  private final byte[][] bytesOfToken;
  private final List<Merge> merges;
  private final int[] tokenOfByte = new int[256];
  private final Map<Long, Integer> rankOfPair;
  private final ConcurrentHashMap<String, int[]> idsOfPiece = new ConcurrentHashMap<>();

  /**
   * @param bytesOfToken bytes each id stands for; the first ids are the {@link SpecialTokens}
   * @param merges from the first learned to the last
   */
  BpeTokenizer(byte[][] bytesOfToken, List<Merge> merges) {
    this.bytesOfToken = bytesOfToken;
    this.merges = List.copyOf(merges);
    for (int id = SpecialTokens.ALL.size(); id < bytesOfToken.length; id++) {
      if (bytesOfToken[id].length == 1) {
        tokenOfByte[bytesOfToken[id][0] & 0xFF] = id;
      }
    }
    rankOfPair = HashMap.newHashMap(merges.size());
    for (int rank = 0; rank < merges.size(); rank++) {
      rankOfPair.put(pair(merges.get(rank).left(), merges.get(rank).right()), rank);
    }
  }

  /**
   * The ids of the text, none of them a control token. An unpaired surrogate is encoded as U+FFFD.
   */
  public int[] encode(String text) {
    Encoding encoding = new Encoding(text.length() / 3 + 8);
    PreTokenizer.forEach(text, piece -> encoding.add(idsOfPiece(piece)));
    return encoding.ids();
  }

  /**
   * The text of the ids, control tokens left out. Bytes that are not UTF-8 (a character cut in two)
   * come back as U+FFFD.
   *
   * @throws LyceumException of category USER when an id is not of this vocabulary
   */
  public String decode(int[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(ids.length * 4);
    for (int id : ids) {
      if (!isSpecial(id)) {
        bytes.writeBytes(checked(id));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /**
   * The bytes an id adds to the text; none for a control token.
   *
   * @throws LyceumException of category USER when the id is not of this vocabulary
   */
  public byte[] tokenBytes(int id) {
    return isSpecial(id) ? new byte[0] : checked(id).clone();
  }

  /** Whether the id is one of the {@link SpecialTokens}. */
  public boolean isSpecial(int id) {
    return id >= 0 && id < SpecialTokens.ALL.size();
  }

  /** Number of ids, control tokens included. */
  public int vocabularySize() {
    return bytesOfToken.length;
  }

  /**
   * {@code tokenizer.json} of Hugging Face {@code tokenizers}; the text is a pure function of the
   * vocabulary.
   */
  public String toJson() {
    return TokenizerJson.write(bytesOfToken, merges);
  }

  /**
   * The tokenizer of a {@code tokenizer.json} of the kind {@link #toJson} writes.
   *
   * @throws LyceumException of category USER when the text is not such a file, saying what is
   *     different
   */
  public static BpeTokenizer fromJson(String json) {
    return TokenizerJson.read(json);
  }

  private byte[] checked(int id) {
    if (id < 0 || id >= bytesOfToken.length) {
      throw LyceumException.user(
          "There is no token "
              + id
              + " in a vocabulary of "
              + bytesOfToken.length
              + ". The ids were made with another tokenizer.");
    }
    return bytesOfToken[id];
  }

  private int[] idsOfPiece(String piece) {
    int[] known = idsOfPiece.get(piece);
    if (known != null) {
      return known;
    }
    int[] ids = merge(utf8(piece));
    if (piece.length() <= LONGEST_CACHED_PIECE && idsOfPiece.size() < CACHED_PIECES) {
      idsOfPiece.put(piece, ids);
    }
    return ids;
  }

  /** UTF-8 with U+FFFD, not {@code ?}, in place of what has no UTF-8 form. */
  static byte[] utf8(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    boolean unpaired =
        text.codePoints()
            .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    if (!unpaired) {
      return bytes;
    }
    StringBuilder repaired = new StringBuilder();
    text.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .forEach(repaired::appendCodePoint);
    return repaired.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Applies merges, lowest rank first, leftmost first among equals. A heap over the pairs keeps
   * this O(n log n) where a piece is a megabyte long.
   */
  private int[] merge(byte[] bytes) {
    int length = bytes.length;
    int[] token = new int[length];
    int[] next = new int[length];
    int[] previous = new int[length];
    for (int i = 0; i < length; i++) {
      token[i] = tokenOfByte[bytes[i] & 0xFF];
      next[i] = i + 1 < length ? i + 1 : -1;
      previous[i] = i - 1;
    }
    PriorityQueue<Long> candidates = new PriorityQueue<>();
    for (int i = 0; i + 1 < length; i++) {
      addCandidate(candidates, token, i, i + 1);
    }
    int remaining = length;
    for (Long candidate = candidates.poll(); candidate != null; candidate = candidates.poll()) {
      int at = candidate.intValue();
      Merge merge = merges.get((int) (candidate >>> 32));
      int right = token[at] == merge.left() ? next[at] : -1;
      if (right < 0 || token[right] != merge.right()) {
        continue;
      }
      token[at] = merge.merged();
      token[right] = -1;
      next[at] = next[right];
      if (next[at] >= 0) {
        previous[next[at]] = at;
        addCandidate(candidates, token, at, next[at]);
      }
      if (previous[at] >= 0) {
        addCandidate(candidates, token, previous[at], at);
      }
      remaining--;
    }
    int[] ids = new int[remaining];
    for (int i = 0, at = 0; i < remaining; i++, at = next[at]) {
      ids[i] = token[at];
    }
    return ids;
  }

  private void addCandidate(PriorityQueue<Long> candidates, int[] token, int left, int right) {
    Integer rank = rankOfPair.get(pair(token[left], token[right]));
    if (rank != null) {
      candidates.add((long) rank << 32 | left);
    }
  }

  static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  /** Ids, growing. */
  private static final class Encoding {
    private int[] ids;
    private int size;

    Encoding(int capacity) {
      ids = new int[capacity];
    }

    void add(int[] more) {
      if (size + more.length > ids.length) {
        ids = Arrays.copyOf(ids, Math.max(2 * ids.length, size + more.length));
      }
      System.arraycopy(more, 0, ids, size, more.length);
      size += more.length;
    }

    int[] ids() {
      return Arrays.copyOf(ids, size);
    }
  }
}
