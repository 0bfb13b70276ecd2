package lyceum.data.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
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

  private static final int BATCH_CHARACTERS = 1 << 17;
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private final byte[][] bytesOfToken;
  private final List<Merge> merges;
  private final BpeModel model;

  /** Encoders with warm memories, no more than threads that can work at once. */
  private final ArrayBlockingQueue<PieceEncoder> idle = new ArrayBlockingQueue<>(CORES);

  private BpeTokenizer(byte[][] bytesOfToken, List<Merge> merges, BpeModel model) {
    this.bytesOfToken = bytesOfToken;
    this.merges = List.copyOf(merges);
    this.model = model;
  }

  /**
   * A tokenizer of Lyceum's own kind.
   *
   * @param bytesOfToken bytes each id stands for; the first ids are the {@link SpecialTokens}
   * @param merges from the first learned to the last
   */
  static BpeTokenizer own(byte[][] bytesOfToken, List<Merge> merges) {
    return new BpeTokenizer(
        bytesOfToken, merges, new BpeModel(PreTokenizer.SCANNER, bytesOfToken, merges, false));
  }

  /**
   * The ids of the text, none of them a control token. An unpaired surrogate is encoded as U+FFFD.
   */
  public int[] encode(String text) {
    PieceEncoder encoder = takeEncoder();
    int[] ids = encode(text, encoder);
    idle.offer(encoder);
    return ids;
  }

  /** Encodes on all processors; see {@link #encodeAll(List, int)}. */
  public List<int[]> encodeAll(List<String> texts) {
    return encodeAll(texts, CORES);
  }

  /**
   * What {@link #encode} gives for each text.
   *
   * @param threads how many encode; the ids do not depend on it
   */
  public List<int[]> encodeAll(List<String> texts, int threads) {
    int[][] ids = new int[texts.size()][];
    if (threads <= 1) {
      encodeRange(texts, 0, texts.size(), ids);
      return Arrays.asList(ids);
    }
    try (Crew crew = new Crew(threads)) {
      int from = 0;
      long characters = 0;
      for (int i = 0; i < ids.length; i++) {
        characters += texts.get(i).length();
        if (characters >= BATCH_CHARACTERS || i == ids.length - 1) {
          int begin = from;
          int end = i + 1;
          crew.submit(() -> encodeRange(texts, begin, end, ids));
          from = end;
          characters = 0;
        }
      }
      crew.finish();
    }
    return Arrays.asList(ids);
  }

  private void encodeRange(List<String> texts, int from, int to, int[][] into) {
    PieceEncoder encoder = takeEncoder();
    for (int i = from; i < to; i++) {
      into[i] = encode(texts.get(i), encoder);
    }
    idle.offer(encoder);
  }

  private static int[] encode(String text, PieceEncoder encoder) {
    byte[] padded = Utf8.padded(text);
    return encoder.encode(padded, 0, padded.length - Utf8.PADDING);
  }

  private PieceEncoder takeEncoder() {
    PieceEncoder encoder = idle.poll();
    return encoder != null ? encoder : new PieceEncoder(model);
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

  static long pair(int left, int right) {
    return (long) left << 32 | right;
  }
}
