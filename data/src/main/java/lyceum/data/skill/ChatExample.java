package lyceum.data.skill;

import java.util.List;
import java.util.Objects;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatMessage.Role;

/**
 * One question with one good answer and the key that tells right answers from wrong ones.
 *
 * @param prompt what the user says
 * @param answer what the assistant says
 * @param expected the key that {@link AnswerCheck} looks for, for example {@code 85}, {@code yes}
 *     or {@code lyceum}
 */
public record ChatExample(Skill skill, String prompt, String answer, String expected) {
  public ChatExample {
    Objects.requireNonNull(skill);
    if (prompt.isBlank() || answer.isBlank() || expected.isBlank()) {
      throw LyceumException.user(
          "A chat example needs prompt, answer and expected, not '"
              + prompt
              + "', '"
              + answer
              + "', '"
              + expected
              + "'.");
    }
  }

  /** Prompt and answer as a chat. */
  public List<ChatMessage> messages() {
    return List.of(new ChatMessage(Role.USER, prompt), new ChatMessage(Role.ASSISTANT, answer));
  }
}
