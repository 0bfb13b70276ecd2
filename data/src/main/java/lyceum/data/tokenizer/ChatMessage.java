package lyceum.data.tokenizer;

import java.util.Locale;
import java.util.Objects;

/**
 * One turn of a chat.
 *
 * @param content any text; control-token text in it stays text
 */
public record ChatMessage(Role role, String content) {
  /** Who speaks. */
  public enum Role {
    SYSTEM,
    USER,
    ASSISTANT;

    /** The lower-case noun of chat requests. */
    public String noun() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public ChatMessage {
    Objects.requireNonNull(role);
    Objects.requireNonNull(content);
  }
}
