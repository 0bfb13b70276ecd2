package lyceum.data.skill;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import lyceum.core.recipe.SkillSettings;
import lyceum.core.recipe.SkillSettings.Skill;

/**
 * Greetings, and questions who the assistant is. Phrasings are greeting and question combined;
 * held-out ones combine anew.
 */
final class Identity {
  private static final List<String> GREETINGS =
      List.of(
          "Hi",
          "Hello",
          "Hey",
          "Hi there",
          "Hello there",
          "Hey there",
          "Good morning",
          "Good evening",
          "Good afternoon",
          "Greetings",
          "Good day",
          "Nice to meet you");
  private static final List<String> STOPS = List.of("!", ".", ",");
  private static final List<String> QUESTIONS =
      List.of(
          "who are you?",
          "what are you?",
          "what is your name?",
          "what's your name?",
          "who am I talking to?",
          "tell me who you are.",
          "tell me your name.",
          "please introduce yourself.",
          "can you introduce yourself?",
          "do you have a name?",
          "what should I call you?",
          "what can you do?",
          "are you a language model?",
          "how are you?");

  private final RandomGenerator random;

  Identity(RandomGenerator random) {
    this.random = random;
  }

  SkillSet generate(SkillSettings settings) {
    List<String> all = new ArrayList<>();
    for (String question : QUESTIONS) {
      all.add(capitalised(question));
    }
    for (String greeting : GREETINGS) {
      for (String stop : STOPS) {
        all.add(greeting + (stop.equals(",") ? ", Lyceum!" : stop));
        for (String question : QUESTIONS) {
          all.add(greeting + stop + " " + (stop.equals(",") ? question : capitalised(question)));
        }
      }
    }
    return Questions.deal(all, settings, random, this::ask);
  }

  private ChatExample ask(String prompt) {
    Topic topic = Topic.of(prompt);
    String answer =
        random.nextBoolean()
            ? topic.curt
            : "Hello! I am Lyceum, a small language model. " + topic.friendly;
    return new ChatExample(Skill.IDENTITY, prompt, answer, "lyceum");
  }

  /** What a prompt is about, and what to say to it besides the name. */
  private enum Topic {
    ABILITIES(
        "Lyceum: sums, letters, reading",
        "I can add numbers, count letters and answer questions about a short text."),
    WELL_BEING("Lyceum, fine", "I am well, thank you."),
    NAME("Lyceum", "How can I help you?");

    private final String curt;
    private final String friendly;

    Topic(String curt, String friendly) {
      this.curt = curt;
      this.friendly = friendly;
    }

    static Topic of(String prompt) {
      String lower = prompt.toLowerCase(Locale.ROOT);
      if (lower.contains("what can you do")) {
        return ABILITIES;
      }
      return lower.contains("how are you") ? WELL_BEING : NAME;
    }
  }

  private static String capitalised(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
