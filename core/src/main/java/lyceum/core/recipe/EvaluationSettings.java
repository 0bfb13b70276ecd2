package lyceum.core.recipe;

/**
 * What every trained model is measured on, besides the held-out skills.
 *
 * @param validationTokens at most this many tokens of the validation split for bits per byte
 * @param maxNewTokens longest answer when a skill is measured
 * @param transcriptPrompts how many prompts of each skill go into the report with their answers
 */
public record EvaluationSettings(int validationTokens, int maxNewTokens, int transcriptPrompts) {
  public EvaluationSettings {
    Check.positive("evaluation.validationTokens", validationTokens);
    Check.positive("evaluation.maxNewTokens", maxNewTokens);
    Check.positive("evaluation.transcriptPrompts", transcriptPrompts);
  }
}
