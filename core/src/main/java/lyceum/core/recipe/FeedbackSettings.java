package lyceum.core.recipe;

import lyceum.core.LyceumException;

/**
 * What a run takes from the line's feedback set, as it is when the run begins.
 *
 * @param ranking whether answers that people disliked or edited are ranked in alignment, before the
 *     sampled pairs
 * @param examples whether edits and liked answers are trained on in finetuning
 */
public record FeedbackSettings(boolean ranking, boolean examples) {
  public FeedbackSettings {
    if (!ranking && !examples) {
      throw LyceumException.user(
          "feedback takes neither ranking nor examples. Leave the section out instead.");
    }
  }
}
