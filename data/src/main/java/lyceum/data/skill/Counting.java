package lyceum.data.skill;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import lyceum.core.recipe.SkillSettings;
import lyceum.core.recipe.SkillSettings.Skill;

/**
 * How often a letter occurs in a common word. The answer spells the word with the count so far
 * after each letter, so that each step needs only the letter before it and the count before that:
 * "b0 a1 n1 a2 n2 a3". Digits stand alone in the tokenizer, and so does a letter between a space
 * and a digit.
 */
final class Counting {
  private static final List<String> WORDS = words();
  private static final List<String> PHRASINGS =
      List.of(
          "How many times does the letter %s occur in %s?",
          "How often is the letter %s in %s?",
          "Count the letter %s in %s.",
          "How many times is %s in the word %s?",
          "Can you count the letter %s in the word %s?",
          "How many letters %s are in %s?");

  private final RandomGenerator random;

  Counting(RandomGenerator random) {
    this.random = random;
  }

  private record Question(String word, char letter) {}

  SkillSet generate(SkillSettings settings) {
    List<Question> all = new ArrayList<>();
    for (String word : WORDS) {
      word.chars().distinct().forEach(letter -> all.add(new Question(word, (char) letter)));
      char absent;
      do {
        absent = (char) ('a' + random.nextInt(26));
      } while (word.indexOf(absent) >= 0);
      all.add(new Question(word, absent));
    }
    return Questions.deal(all, settings, random, this::ask);
  }

  private ChatExample ask(Question question) {
    String prompt =
        SkillGenerator.pick(PHRASINGS, random).formatted(question.letter(), question.word());
    StringBuilder spelled = new StringBuilder(question.word()).append(':');
    int count = 0;
    for (char letter : question.word().toCharArray()) {
      count += letter == question.letter() ? 1 : 0;
      spelled.append(' ').append(letter).append(count);
    }
    String result = random.nextBoolean() ? full(question, count) : String.valueOf(count);
    return new ChatExample(Skill.COUNTING, prompt, spelled + ". " + result, String.valueOf(count));
  }

  private static String full(Question question, int count) {
    return "The letter %s occurs %d %s in %s."
        .formatted(question.letter(), count, count == 1 ? "time" : "times", question.word());
  }

  private static List<String> words() {
    try (InputStream in = Objects.requireNonNull(Counting.class.getResourceAsStream("words.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
