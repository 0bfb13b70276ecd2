package lyceum.core.recipe;

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
    READING
  }

  public SkillSettings {
    Check.positive("skills[" + skill + "].train", train);
    Check.positive("skills[" + skill + "].heldOut", heldOut);
  }
}
