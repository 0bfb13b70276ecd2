package lyceum.data.tokenizer;

import java.util.List;

/**
 * The control tokens. Their ids are their places in {@link #ALL} in every tokenizer that Lyceum
 * learns; in one that was adopted they are where {@link BpeTokenizer#controlToken} says. No text
 * typed by a person ever becomes one.
 */
public final class SpecialTokens {
  /** Begins every document and every chat. */
  public static final int BOS = 0;

  /** Ends a turn; generation stops at it. */
  public static final int END = 1;

  /** Opens a system turn. */
  public static final int SYSTEM = 2;

  /** Opens a user turn. */
  public static final int USER = 3;

  /** Opens an assistant turn. */
  public static final int ASSISTANT = 4;

  /** Fills batches; never learned from. */
  public static final int PAD = 5;

  /** The tokens' texts in the order of their ids. */
  public static final List<String> ALL =
      List.of("<|bos|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|pad|>");

  private SpecialTokens() {}
}
