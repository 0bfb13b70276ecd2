package lyceum.model.alignment;

import java.util.List;
import lyceum.data.skill.ChatExample;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatMessage.Role;
import lyceum.data.tokenizer.ChatTemplate;

/** The ids after which the assistant answers, and of whole chats. */
final class Prompts {
  private Prompts() {}

  /** Ids of the prompt of an example, up to the assistant's header. */
  static int[] ids(BpeTokenizer tokenizer, ChatExample example) {
    return ChatTemplate.prompt(tokenizer, List.of(new ChatMessage(Role.USER, example.prompt())));
  }

  /** Ids of the prompt and an answer that ends. */
  static int[] ids(BpeTokenizer tokenizer, ChatExample example, String answer) {
    return ChatTemplate.encode(
            tokenizer,
            List.of(
                new ChatMessage(Role.USER, example.prompt()),
                new ChatMessage(Role.ASSISTANT, answer)))
        .ids();
  }
}
