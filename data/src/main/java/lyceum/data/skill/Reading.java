package lyceum.data.skill;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SkillSettings;
import lyceum.core.recipe.SkillSettings.Skill;

/**
 * A passage of two to four facts about different people, and a question whether one of them is so.
 * Half of the answers are yes. Half of the wrong facts asked about borrow from another person of
 * the passage, so that spotting a word is not enough. The answer first quotes what the passage says
 * of the person, so that what decides stands next to the verdict: "Ben is in the park. No".
 */
final class Reading {
  private static final List<String> NAMES =
      List.of(
          "Anna", "Ben", "Clara", "David", "Emma", "Frank", "Grace", "Henry", "Iris", "Jack",
          "Kate", "Leo", "Maria", "Noah", "Olga", "Paul", "Rosa", "Sam", "Tom", "Vera");
  private static final List<String> COLOURS =
      List.of("red", "blue", "green", "yellow", "black", "white", "brown", "pink");
  private static final List<String> OBJECTS =
      List.of("ball", "book", "hat", "cup", "bag", "coat", "box", "car", "kite", "pen");
  private static final List<String> PLACES =
      List.of("garden", "kitchen", "park", "school", "library", "office", "market", "museum");
  private static final int MOST_FACTS = 4;

  private final RandomGenerator random;

  Reading(RandomGenerator random) {
    this.random = random;
  }

  private sealed interface Fact {
    /**
     * The fact with the same person and one thing changed to what the other fact says, or to
     * anything else.
     */
    Fact changed(List<Fact> others, RandomGenerator random);

    String statement();

    String question();
  }

  private record Has(String name, String colour, String object) implements Fact {
    @Override
    public Fact changed(List<Fact> others, RandomGenerator random) {
      List<Has> owners =
          others.stream().filter(Has.class::isInstance).map(Has.class::cast).toList();
      boolean borrow = !owners.isEmpty() && random.nextBoolean();
      if (random.nextBoolean()) {
        List<String> colours = borrow ? owners.stream().map(Has::colour).toList() : COLOURS;
        return new Has(name, other(colours, COLOURS, colour, random), object);
      }
      List<String> objects = borrow ? owners.stream().map(Has::object).toList() : OBJECTS;
      return new Has(name, colour, other(objects, OBJECTS, object, random));
    }

    @Override
    public String statement() {
      return name + " has a " + colour + " " + object;
    }

    @Override
    public String question() {
      return "Does " + name + " have a " + colour + " " + object + "?";
    }
  }

  private record IsIn(String name, String place) implements Fact {
    @Override
    public Fact changed(List<Fact> others, RandomGenerator random) {
      List<String> places =
          others.stream()
              .filter(IsIn.class::isInstance)
              .map(fact -> ((IsIn) fact).place())
              .toList();
      boolean borrow = !places.isEmpty() && random.nextBoolean();
      return new IsIn(name, other(borrow ? places : PLACES, PLACES, place, random));
    }

    @Override
    public String statement() {
      return name + " is in the " + place;
    }

    @Override
    public String question() {
      return "Is " + name + " in the " + place + "?";
    }
  }

  SkillSet generate(SkillSettings settings) {
    Set<List<Fact>> passages = new HashSet<>();
    List<ChatExample> heldOut = examples(settings.heldOut(), passages);
    List<ChatExample> train = examples(settings.train(), passages);
    return new SkillSet(train, heldOut);
  }

  private List<ChatExample> examples(int count, Set<List<Fact>> passages) {
    List<ChatExample> examples = new ArrayList<>(count);
    for (int attempts = 0; examples.size() < count; attempts++) {
      if (attempts > 100L * count + 1000) {
        throw LyceumException.user(
            "There are not enough different passages for skills[READING] of "
                + count
                + " examples.");
      }
      List<Fact> passage = passage();
      if (passages.add(passage)) {
        examples.add(ask(passage, examples.size() % 2 == 0));
      }
    }
    return examples;
  }

  private List<Fact> passage() {
    List<String> names = new ArrayList<>(NAMES);
    Collections.shuffle(names, java.util.Random.from(random));
    List<Fact> facts = new ArrayList<>();
    int count = random.nextInt(2, MOST_FACTS + 1);
    for (String name : names.subList(0, count)) {
      facts.add(
          random.nextInt(3) > 0
              ? new Has(
                  name, SkillGenerator.pick(COLOURS, random), SkillGenerator.pick(OBJECTS, random))
              : new IsIn(name, SkillGenerator.pick(PLACES, random)));
    }
    return List.copyOf(facts);
  }

  private ChatExample ask(List<Fact> passage, boolean isSo) {
    Fact fact = SkillGenerator.pick(passage, random);
    List<Fact> others = passage.stream().filter(other -> !other.equals(fact)).toList();
    Fact asked = isSo ? fact : fact.changed(others, random);
    String prompt =
        passage.stream().map(Fact::statement).collect(Collectors.joining(". ", "", ". "))
            + asked.question();
    String verdict = isSo ? "yes" : "no";
    String curt = isSo ? "Yes" : "No";
    String answer =
        fact.statement() + ". " + (random.nextBoolean() ? "The answer is " + verdict + "." : curt);
    return new ChatExample(Skill.READING, prompt, answer, verdict);
  }

  /**
   * One of the candidates that differs from the value; any other of all where the candidates offer
   * none.
   */
  private static String other(
      List<String> candidates, List<String> all, String value, RandomGenerator random) {
    List<String> different =
        candidates.stream().filter(candidate -> !candidate.equals(value)).toList();
    return SkillGenerator.pick(
        different.isEmpty()
            ? all.stream().filter(candidate -> !candidate.equals(value)).toList()
            : different,
        random);
  }
}
