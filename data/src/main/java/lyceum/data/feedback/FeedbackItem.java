package lyceum.data.feedback;

import lyceum.core.LyceumException;

/**
 * What a person said of one answer of a served model, without personal data.
 *
 * @param id of the exchange
 * @param prompt what was asked
 * @param answer what the model said
 * @param verdict what the person thought of it
 * @param edit the answer as the person would have it; empty where none was given
 * @param version of the model line that answered
 */
public record FeedbackItem(
    String id, String prompt, String answer, Verdict verdict, String edit, int version) {
  /** What a person thought of an answer. */
  public enum Verdict {
    UP,
    DOWN,
    /** No thumb, but an edit. */
    EDITED
  }

  public FeedbackItem {
    if (id.isBlank() || prompt.isBlank() || answer.isBlank()) {
      throw LyceumException.user(
          "Feedback needs an exchange, a prompt and an answer, not '"
              + id
              + "', '"
              + prompt
              + "', '"
              + answer
              + "'.");
    }
    if (verdict == Verdict.EDITED && edit.isBlank()) {
      throw LyceumException.user("Feedback on " + id + " is EDITED but has no edit.");
    }
  }

  /** Whether it is a question for raters: which of two answers is better. */
  public boolean isTask() {
    return verdict == Verdict.DOWN || !edit.isBlank();
  }

  /** Whether an answer to learn from is known: the edit, or one that was liked. */
  public boolean isExample() {
    return verdict == Verdict.UP || !edit.isBlank();
  }

  /** The answer to learn from; only where {@link #isExample}. */
  public String goodAnswer() {
    return edit.isBlank() ? answer : edit;
  }
}
