package lyceum.data.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
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

  private final Definition definition;

  /** Encoders with warm memories, no more than threads that can work at once. */
  private final ArrayBlockingQueue<PieceEncoder> idle = new ArrayBlockingQueue<>(CORES);

  BpeTokenizer(Definition definition) {
    this.definition = definition;
  }

  /**
   * The ids of the text, none of them a control token. An unpaired surrogate is encoded as U+FFFD.
   */
  public int[] encode(String text) {
    PieceEncoder encoder = takeEncoder();
    encoder.begin();
    gather(text, encoder);
    int[] ids = encoder.gathered();
    idle.offer(encoder);
    return ids;
  }

  /**
   * The ids of the text inside the frame that the tokenizer's own file asks for ({@code
   * TemplateProcessing}), for example with a first token before it; as Hugging Face does with
   * {@code add_special_tokens = True}. Lyceum's own tokenizers ask for none.
   */
  public int[] encodeFramed(String text) {
    PieceEncoder encoder = takeEncoder();
    encoder.begin();
    definition.before().forEach(encoder::append);
    gather(text, encoder);
    definition.after().forEach(encoder::append);
    int[] ids = encoder.gathered();
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
      encoder.begin();
      gather(texts.get(i), encoder);
      into[i] = encoder.gathered();
    }
    idle.offer(encoder);
  }

  private PieceEncoder takeEncoder() {
    PieceEncoder encoder = idle.poll();
    return encoder != null ? encoder : new PieceEncoder(definition.model());
  }

  /** Added tokens out of the text, normalization, added tokens out of what that made, pieces. */
  private void gather(String text, PieceEncoder encoder) {
    byte[] padded = Utf8.padded(text);
    int to = padded.length - Utf8.PADDING;
    if (definition.rawTokens().isEmpty()) {
      gatherNormalized(padded, 0, to, encoder);
    } else {
      definition
          .rawTokens()
          .split(
              padded,
              0,
              to,
              new AddedTokens.Receiver() {
                @Override
                public void text(int begin, int end) {
                  gatherNormalized(padded, begin, end, encoder);
                }

                @Override
                public void token(int id) {
                  encoder.append(id);
                }
              });
    }
  }

  private void gatherNormalized(byte[] padded, int from, int to, PieceEncoder encoder) {
    byte[] normal = padded;
    int begin = from;
    int end = to;
    if (definition.composed()) {
      String text = new String(padded, from, to - from, StandardCharsets.UTF_8);
      if (!Normalizer.isNormalized(text, Normalizer.Form.NFC)) {
        normal = Utf8.padded(Normalizer.normalize(text, Normalizer.Form.NFC));
        begin = 0;
        end = normal.length - Utf8.PADDING;
      }
    }
    if (definition.normalizedTokens().isEmpty()) {
      gatherPieces(normal, begin, end, encoder);
    } else {
      byte[] searched = normal;
      definition
          .normalizedTokens()
          .split(
              normal,
              begin,
              end,
              new AddedTokens.Receiver() {
                @Override
                public void text(int first, int last) {
                  gatherPieces(searched, first, last, encoder);
                }

                @Override
                public void token(int id) {
                  encoder.append(id);
                }
              });
    }
  }

  private void gatherPieces(byte[] padded, int from, int to, PieceEncoder encoder) {
    if (definition.prefixSpace() && from < to && padded[from] != ' ') {
      byte[] spaced = new byte[1 + to - from + Utf8.PADDING];
      spaced[0] = ' ';
      System.arraycopy(padded, from, spaced, 1, to - from);
      encoder.append(spaced, 0, 1 + to - from);
    } else {
      encoder.append(padded, from, to);
    }
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

  /** Whether the id is a control token: it has no text, and no text becomes it. */
  public boolean isSpecial(int id) {
    return id >= 0 && definition.special().get(id);
  }

  /**
   * The text that stands for a control token in files and templates.
   *
   * @throws LyceumException of category USER when the id is none
   */
  public String specialText(int id) {
    for (Map.Entry<String, Integer> special : definition.idOfSpecial().entrySet()) {
      if (special.getValue() == id) {
        return special.getKey();
      }
    }
    throw LyceumException.user("The token " + id + " is no control token.");
  }

  /**
   * The id that one of Lyceum's control tokens has here. Lyceum's own tokenizers have them at the
   * ids of {@link SpecialTokens}; one that was adopted from another model has them elsewhere.
   *
   * @param specialToken a constant of {@link SpecialTokens}
   * @throws LyceumException of category USER when the tokenizer lacks it
   */
  public int controlToken(int specialToken) {
    return findControlToken(specialToken)
        .orElseThrow(
            () ->
                LyceumException.user(
                    "This tokenizer has no control token "
                        + SpecialTokens.ALL.get(specialToken)
                        + ", so chats cannot be written in it. A recipe's pretraining.from adds"
                        + " it."));
  }

  /** As {@link #controlToken}, empty where the tokenizer lacks it. */
  public OptionalInt findControlToken(int specialToken) {
    Integer id = definition.idOfSpecial().get(SpecialTokens.ALL.get(specialToken));
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** Number of ids, control tokens included. */
  public int vocabularySize() {
    return definition.bytesOfToken().size();
  }

  /**
   * {@code tokenizer.json} of Hugging Face {@code tokenizers}: the file that this was read from, or
   * for one that was learned here a pure function of the vocabulary.
   */
  public String toJson() {
    return definition.json().get();
  }

  /**
   * The tokenizer of a {@code tokenizer.json}: byte-level BPE with the pre-tokenization of Lyceum,
   * GPT-2, GPT-4 (cl100k), Llama 3, Qwen 2 or SmolLM.
   *
   * @throws LyceumException of category USER when the text is not such a file, naming the component
   *     that would give other ids
   */
  public static BpeTokenizer fromJson(String json) {
    return new BpeTokenizer(TokenizerJson.read(json));
  }

  private byte[] checked(int id) {
    if (id < 0 || id >= vocabularySize()) {
      throw LyceumException.user(
          "There is no token "
              + id
              + " in a vocabulary of "
              + vocabularySize()
              + ". The ids were made with another tokenizer.");
    }
    return definition.bytesOfToken().get(id);
  }

  /** Bytes of the text in UTF-8, an unpaired surrogate counted as U+FFFD; makes no array. */
  public static long utf8Length(String text) {
    return Utf8.length(text);
  }

  static long pair(int left, int right) {
    return (long) left << 32 | right;
  }
}
