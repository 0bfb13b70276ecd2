package lyceum.data.tokenizer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.data.tokenizer.ChatMessage.Role;

/**
 * How a chat becomes ids: {@code <|bos|>}, then for each turn the role's token, the content, {@code
 * <|end|>}; nothing between them. The same text is made by the Jinja template that goes into {@code
 * tokenizer_config.json}, so that transformers and Lyceum agree; its digest is part of the contract
 * between the stages.
 */
public final class ChatTemplate {
  private static final String JINJA =
      "{{ bos_token }}"
          + "{% for message in messages %}"
          + "{% if message['role'] not in ['system', 'user', 'assistant'] %}"
          + "{{ raise_exception('There is no role ' + message['role'] + '; the roles are system, user and assistant.') }}"
          + "{% endif %}"
          + "{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}"
          + "{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

  private ChatTemplate() {}

  /**
   * The ids after which a model writes the next assistant turn.
   *
   * @throws LyceumException of category USER when there is no message
   */
  public static int[] prompt(BpeTokenizer tokenizer, List<ChatMessage> messages) {
    Ids ids = new Ids();
    ids.addAll(tokenizer, messages);
    ids.add(tokenizer.controlToken(SpecialTokens.ASSISTANT), false);
    return ids.encoded().ids();
  }

  /**
   * The whole chat with the loss mask.
   *
   * @throws LyceumException of category USER when there is no message
   */
  public static EncodedChat encode(BpeTokenizer tokenizer, List<ChatMessage> messages) {
    Ids ids = new Ids();
    ids.addAll(tokenizer, messages);
    return ids.encoded();
  }

  /** The template as transformers runs it. */
  public static String jinja() {
    return JINJA;
  }

  /** Digest of the template's text. */
  public static String sha256() {
    return Sha256.of(JINJA);
  }

  /**
   * {@code tokenizer_config.json} for transformers, with the template and the names of the control
   * tokens.
   */
  public static String tokenizerConfigJson() {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.put("tokenizer_class", "PreTrainedTokenizerFast");
    config.put("bos_token", SpecialTokens.ALL.get(SpecialTokens.BOS));
    config.put("eos_token", SpecialTokens.ALL.get(SpecialTokens.END));
    config.put("pad_token", SpecialTokens.ALL.get(SpecialTokens.PAD));
    config.put("add_bos_token", false);
    config.put("add_eos_token", false);
    config.put("clean_up_tokenization_spaces", false);
    config.put("chat_template", JINJA);
    return config.toPrettyString() + "\n";
  }

  private static int header(Role role) {
    return switch (role) {
      case SYSTEM -> SpecialTokens.SYSTEM;
      case USER -> SpecialTokens.USER;
      case ASSISTANT -> SpecialTokens.ASSISTANT;
    };
  }

  /** Ids and mask, growing. */
  private static final class Ids {
    private int[] ids = new int[64];
    private boolean[] inLoss = new boolean[64];
    private int size;

    void addAll(BpeTokenizer tokenizer, List<ChatMessage> messages) {
      if (messages.isEmpty()) {
        throw LyceumException.user("A chat needs at least one message; this one has none.");
      }
      add(tokenizer.controlToken(SpecialTokens.BOS), false);
      for (ChatMessage message : messages) {
        boolean learned = message.role() == Role.ASSISTANT;
        add(tokenizer.controlToken(header(message.role())), false);
        for (int id : tokenizer.encode(message.content())) {
          add(id, learned);
        }
        add(tokenizer.controlToken(SpecialTokens.END), learned);
      }
    }

    void add(int id, boolean learned) {
      if (size == ids.length) {
        ids = Arrays.copyOf(ids, 2 * size);
        inLoss = Arrays.copyOf(inLoss, 2 * size);
      }
      ids[size] = id;
      inLoss[size++] = learned;
    }

    EncodedChat encoded() {
      return new EncodedChat(Arrays.copyOf(ids, size), Arrays.copyOf(inLoss, size));
    }
  }
}
