package lyceum.model.evaluation;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.core.Sha256;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.data.skill.AnswerCheck;
import lyceum.data.skill.ChatExample;
import lyceum.model.format.LanguageModel;

/** How often a model's likeliest answer to a held-out question is right, skill by skill. */
public final class SkillSuites {
  private SkillSuites() {}

  /**
   * {@link #measure(LanguageModel, List, int, Consumer, ItemSink)} without news of its progress.
   */
  public static List<Score> measure(
      LanguageModel model, List<ChatExample> heldOut, int maxNewTokens) {
    return measure(model, heldOut, maxNewTokens, suite -> {}, ItemSink.NONE);
  }

  /**
   * Asks every question once, greedily.
   *
   * @param beforeSuite told of each suite before it is measured; what it throws ends the
   *     measurement
   * @param items takes every question's part in every score
   * @return accuracies of the suites {@code identity}, {@code addition}, {@code counting}, {@code
   *     reading} as far as there are questions, then {@code skills}: all questions together, and
   *     how often the simulated rater prefers the answers to those of the data
   * @throws LyceumException USER when there is no question, or one does not fit into the context
   */
  public static List<Score> measure(
      LanguageModel model,
      List<ChatExample> heldOut,
      int maxNewTokens,
      Consumer<String> beforeSuite,
      ItemSink items) {
    if (heldOut.isEmpty()) {
      throw LyceumException.user("There are no held-out questions to measure a model on.");
    }
    Map<Skill, List<ChatExample>> bySkill = new EnumMap<>(Skill.class);
    for (ChatExample example : heldOut) {
      bySkill.computeIfAbsent(example.skill(), skill -> new ArrayList<>()).add(example);
    }
    Answers answers = new Answers(model, maxNewTokens);
    List<Score> scores = new ArrayList<>();
    List<ChatExample> asked = new ArrayList<>();
    List<String> answered = new ArrayList<>();
    long rightInAll = 0;
    for (Map.Entry<Skill, List<ChatExample>> entry : bySkill.entrySet()) {
      String suite = entry.getKey().name().toLowerCase(Locale.ROOT);
      beforeSuite.accept(suite);
      List<ChatExample> examples = entry.getValue();
      List<String> given = answers.to(examples);
      long right = 0;
      for (int i = 0; i < examples.size(); i++) {
        int point = AnswerCheck.isRight(examples.get(i), given.get(i)) ? 1 : 0;
        right += point;
        String item = item(suite, i, examples.get(i));
        items.add(new ItemScore(suite + "/accuracy", item, point, 1));
        items.add(new ItemScore("skills/accuracy", item, point, 1));
      }
      scores.add(Score.accuracy(suite, right, examples.size()));
      rightInAll += right;
      asked.addAll(examples);
      answered.addAll(given);
    }
    scores.add(Score.accuracy("skills", rightInAll, heldOut.size()));
    scores.add(Preference.overReference(asked, answered, items));
    return scores;
  }

  /** The place tells apart questions that are asked twice, the digest those of different suites. */
  private static String item(String suite, int place, ChatExample example) {
    return suite + ":" + place + ":" + Sha256.of(example.prompt()).substring(0, 16);
  }
}
