package lyceum.data.skill;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SkillSettings;

/**
 * Makes chats whose answers can be checked, for skills that a model of a million parameters can
 * learn.
 *
 * <p>About half of the training answers are curt and half end in a full sentence; both are right.
 * The difference is what ranking and preference learning have to work on.
 */
public final class SkillGenerator {
  private SkillGenerator() {}

  /**
   * The same examples for the same settings and seed. What a held-out prompt asks (the unordered
   * pair of summands, the word with the letter, the passage, the phrasing of the greeting) is asked
   * by no training prompt.
   *
   * @throws lyceum.core.LyceumException of category USER when more is asked for than can be kept
   *     apart
   */
  public static SkillSet generate(SkillSettings settings, long seed) {
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom")
            .create(seed * 31 + settings.skill().name().hashCode());
    return switch (settings.skill()) {
      case ADDITION -> new Addition(random).generate(settings);
      case COUNTING -> new Counting(random).generate(settings);
      case IDENTITY -> new Identity(random).generate(settings);
      case READING -> new Reading(random).generate(settings);
      case FEEDBACK -> throw LyceumException.internal("Feedback cannot be generated.");
    };
  }

  static <T> T pick(List<T> from, RandomGenerator random) {
    return from.get(random.nextInt(from.size()));
  }
}
