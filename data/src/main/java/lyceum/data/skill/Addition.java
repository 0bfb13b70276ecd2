package lyceum.data.skill;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import lyceum.core.recipe.SkillSettings;
import lyceum.core.recipe.SkillSettings.Skill;

/**
 * Sums of two numbers from 0 to 99. The answer first copies both as two digits, then adds ones,
 * then tens with the carry, each sum as two digits: every digit a model has to look up is then at a
 * fixed distance. "47+38: 7+8=15, 4+3+1=08. 47 + 38 = 85"
 */
final class Addition {
  private static final int LARGEST = 99;
  private static final List<String> PHRASINGS =
      List.of(
          "What is %d + %d?",
          "%d + %d = ?",
          "What is %d plus %d?",
          "How much is %d + %d?",
          "Please add %d and %d.",
          "What is the sum of %d and %d?",
          "Can you add %d and %d?",
          "Tell me what %d plus %d is.");

  private final RandomGenerator random;

  Addition(RandomGenerator random) {
    this.random = random;
  }

  /** An unordered pair of summands. */
  private record Summands(int smaller, int larger) {}

  SkillSet generate(SkillSettings settings) {
    List<Summands> all = new ArrayList<>();
    for (int smaller = 0; smaller <= LARGEST; smaller++) {
      for (int larger = smaller; larger <= LARGEST; larger++) {
        all.add(new Summands(smaller, larger));
      }
    }
    return Questions.deal(all, settings, random, this::ask);
  }

  private ChatExample ask(Summands summands) {
    boolean swap = random.nextBoolean();
    int a = swap ? summands.larger() : summands.smaller();
    int b = swap ? summands.smaller() : summands.larger();
    String prompt = SkillGenerator.pick(PHRASINGS, random).formatted(a, b);
    String result =
        random.nextBoolean()
            ? "The sum of %d and %d is %d.".formatted(a, b, a + b)
            : String.valueOf(a + b);
    return new ChatExample(Skill.ADDITION, prompt, working(a, b) + result, String.valueOf(a + b));
  }

  private static String working(int a, int b) {
    int ones = a % 10 + b % 10;
    int tens = a / 10 + b / 10 + ones / 10;
    return "%02d+%02d: %d+%d=%02d, %d+%d+%d=%02d. "
        .formatted(a, b, a % 10, b % 10, ones, a / 10, b / 10, ones / 10, tens);
  }
}
