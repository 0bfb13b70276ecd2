package lyceum.data.skill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SkillSettings;
import lyceum.core.recipe.SkillSettings.Skill;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SkillGeneratorTest {
  private static final Pattern FACT =
      Pattern.compile("([A-Z][a-z]+) (has a|is in the) ([a-z ]+?)\\.");
  private static final Pattern ASKED =
      Pattern.compile("(?:Does|Is) ([A-Z][a-z]+) (?:have a|in the) ([a-z ]+)\\?");

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FEEDBACK")
  void generate_countsAndDeterminism(Skill skill) {
    SkillSet set = generate(skill, 5);
    assertThat(set.train()).hasSize(3000);
    assertThat(set.heldOut()).hasSize(100);
    assertThat(generate(skill, 5)).isEqualTo(set);
    assertThat(generate(skill, 6)).isNotEqualTo(set);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FEEDBACK")
  void generate_heldOutContentIsNeverTrainedOn(Skill skill) {
    SkillSet set = generate(skill, 5);
    Set<String> trained =
        set.train().stream().map(SkillGeneratorTest::content).collect(Collectors.toSet());
    assertThat(set.heldOut())
        .extracting(SkillGeneratorTest::content)
        .doesNotHaveDuplicates()
        .doesNotContainAnyElementsOf(trained);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FEEDBACK")
  void generate_answersAreRightByTheirOwnCheckAndRightIndeed(Skill skill) {
    SkillSet set = generate(skill, 5);
    Stream.concat(set.train().stream(), set.heldOut().stream())
        .forEach(
            example -> {
              assertThat(AnswerCheck.isRight(example, example.answer())).as("%s", example).isTrue();
              assertThat(example.expected()).as("%s", example).isEqualTo(truth(example));
            });
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FEEDBACK")
  void generate_aboutHalfOfTheAnswersAreCurt(Skill skill) {
    List<ChatExample> train = generate(skill, 5).train();
    long preferred =
        train.stream()
            .filter(
                example -> SimulatedRater.prefer(example, example.answer(), curtly(example)) < 0)
            .count();
    assertThat(preferred).isBetween(train.size() * 4L / 10, train.size() * 6L / 10);
  }

  /** The least that is right. */
  private static String curtly(ChatExample example) {
    return example.skill() == Skill.IDENTITY ? "Lyceum" : example.expected();
  }

  @Test
  void generate_yesAndNoAreEven() {
    assertThat(
            generate(Skill.READING, 5).heldOut().stream().filter(e -> e.expected().equals("yes")))
        .hasSize(50);
  }

  @Test
  void generate_moreHeldOutThanThereAre() {
    assertThatThrownBy(
            () -> SkillGenerator.generate(new SkillSettings(Skill.ADDITION, 10, 4000), 1))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("5050");
  }

  @Test
  void chatFile_roundTripsAndNamesTheBrokenLine(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("chats.jsonl");
    List<ChatExample> examples = generate(Skill.READING, 5).heldOut();
    ChatFile.write(file, examples);
    assertThat(ChatFile.read(file)).isEqualTo(examples);
    for (String broken :
        List.of(
            "{",
            "[]",
            "null",
            "{\"skill\":\"FLYING\"}",
            "{\"skill\":2,\"prompt\":\"a\",\"answer\":\"b\",\"expected\":\"c\"}",
            "")) {
      Files.writeString(
          folder.resolve("broken"), Files.readAllLines(file).getFirst() + "\n" + broken + "\n");
      assertThatThrownBy(() -> ChatFile.read(folder.resolve("broken")))
          .as(broken)
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining("line 2");
    }
  }

  private static SkillSet generate(Skill skill, long seed) {
    return SkillGenerator.generate(new SkillSettings(skill, 3000, 100), seed);
  }

  /** What the prompt asks, whatever its phrasing. */
  private static String content(ChatExample example) {
    return switch (example.skill()) {
      case ADDITION -> numbers(example.prompt()).stream().sorted().toList().toString();
      case COUNTING -> letter(example.prompt()) + " in " + word(example.prompt());
      case READING -> example.prompt().substring(0, example.prompt().lastIndexOf('.'));
      case IDENTITY, FEEDBACK -> example.prompt();
    };
  }

  /** The answer, worked out from the prompt alone. */
  private static String truth(ChatExample example) {
    return switch (example.skill()) {
      case ADDITION -> String.valueOf(numbers(example.prompt()).stream().mapToInt(i -> i).sum());
      case COUNTING -> {
        char letter = letter(example.prompt());
        yield String.valueOf(word(example.prompt()).chars().filter(c -> c == letter).count());
      }
      case READING -> {
        Matcher asked = ASKED.matcher(example.prompt());
        assertThat(asked.find()).isTrue();
        Set<String> facts = new TreeSet<>();
        FACT.matcher(example.prompt())
            .results()
            .forEach(fact -> facts.add(fact.group(1) + " " + fact.group(3)));
        yield facts.contains(asked.group(1) + " " + asked.group(2)) ? "yes" : "no";
      }
      case IDENTITY -> "lyceum";
      case FEEDBACK -> throw new AssertionError("feedback is not generated");
    };
  }

  private static List<Integer> numbers(String text) {
    return Pattern.compile("\\d+")
        .matcher(text)
        .results()
        .map(m -> Integer.valueOf(m.group()))
        .toList();
  }

  private static char letter(String prompt) {
    return Pattern.compile("\\b(?:letters? |is )([a-z])\\b")
        .matcher(prompt)
        .results()
        .findFirst()
        .orElseThrow()
        .group(1)
        .charAt(0);
  }

  private static String word(String prompt) {
    return Pattern.compile("([a-z]+)[.?]$")
        .matcher(prompt)
        .results()
        .findFirst()
        .orElseThrow()
        .group(1);
  }
}
