package lyceum.core.recipe;

import lyceum.core.LyceumException;

/**
 * One generated, verifiable skill.
 *
 * @param skill which
 * @param train examples to train on
 * @param heldOut examples to measure on; disjoint from the training examples
 */
public record SkillSettings(Skill skill, int train, int heldOut) {
  /** The skills that can be generated. */
  public enum Skill {
    /** Greetings and who the assistant is. */
    IDENTITY,
    /** Sums of two numbers of up to two digits. */
    ADDITION,
    /** How often a letter occurs in a word. */
    COUNTING,
    /** Yes-or-no questions answered by a generated passage. */
    READING,
    /** What people asked a served model; never generated. */
    FEEDBACK
  }

  public SkillSettings {
    if (skill == Skill.FEEDBACK) {
      throw LyceumException.user(
          "The skill FEEDBACK cannot be generated: it comes from what people said of a served model. Use feedback.examples.");
    }
    Check.positive("skills[" + skill + "].train", train);
    Check.positive("skills[" + skill + "].heldOut", heldOut);
  }
}
