package lyceum.model.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import lyceum.core.Score;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.data.skill.AnswerCheck;
import lyceum.data.skill.ChatExample;
import lyceum.model.format.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * The before-and-after report in Markdown: every figure of every model, what they answer, and what
 * in it is simulated.
 */
public final class EvaluationReport {
  /** A change counts as beyond noise from this many standard errors of the difference on. */
  static final double NOISE = 2;

  private EvaluationReport() {}

  /** One model's answer to one held-out question. */
  public record Transcript(String model, ChatExample example, String answer) {}

  /**
   * Asks a model, greedily.
   *
   * @param perSkill the first so many questions of each skill
   */
  public static List<Transcript> transcripts(
      String name, LanguageModel model, List<ChatExample> heldOut, int perSkill, int maxNewTokens) {
    Map<Skill, Integer> taken = new LinkedHashMap<>();
    List<ChatExample> asked = new ArrayList<>();
    for (ChatExample example : heldOut) {
      if (taken.merge(example.skill(), 1, Integer::sum) <= perSkill) {
        asked.add(example);
      }
    }
    List<String> answers = new Answers(model, maxNewTokens).to(asked);
    List<Transcript> transcripts = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      transcripts.add(new Transcript(name, asked.get(i), answers.get(i)));
    }
    return transcripts;
  }

  /**
   * Writes the report.
   *
   * @param scores by model, from the first stage's to the last's; each is compared with the nearest
   *     one before it that has the figure
   */
  public static String markdown(Map<String, List<Score>> scores, List<Transcript> transcripts) {
    StringBuilder text = new StringBuilder("# Evaluation\n\n");
    table(text, scores);
    transcripts(text, transcripts);
    simulated(text, scores);
    return text.toString();
  }

  private static void table(StringBuilder text, Map<String, List<Score>> scores) {
    Set<String> keys = new LinkedHashSet<>();
    scores.values().forEach(list -> list.forEach(score -> keys.add(score.key())));
    text.append("| figure | better |");
    scores.keySet().forEach(model -> text.append(' ').append(cell(model)).append(" |"));
    text.append("\n|---|---|").append("---:|".repeat(scores.size())).append('\n');
    for (String key : keys) {
      text.append("| ")
          .append(cell(key))
          .append(" | ")
          .append(lowerIsBetter(key) ? "lower" : "higher")
          .append(" |");
      Score before = null;
      for (List<Score> model : scores.values()) {
        Score score = find(model, key);
        text.append(' ').append(score == null ? "–" : figure(before, score)).append(" |");
        before = score == null ? before : score;
      }
      text.append('\n');
    }
    text.append(
            "\nEach figure stands with its standard error. **Bold ▲** is a gain over the model before by more than ")
        .append(number(NOISE))
        .append(
            " standard errors of the difference, *italic ▼* a loss by as much; what is neither may be noise.\n")
        .append(
            "Models measured on the same questions vary together, so the true noise of a difference is mostly smaller.\n\n");
  }

  private static String figure(@Nullable Score before, Score score) {
    String figure =
        number(score.value())
            + (score.standardError() > 0 ? " ± " + number(score.standardError()) : "");
    if (before == null) {
      return figure;
    }
    double gain = (score.value() - before.value()) * (lowerIsBetter(score.key()) ? -1 : 1);
    double noise = NOISE * Math.hypot(before.standardError(), score.standardError());
    if (Math.abs(gain) <= noise) {
      return figure;
    }
    return gain > 0 ? "**" + figure + " ▲**" : "*" + figure + " ▼*";
  }

  private static boolean lowerIsBetter(String key) {
    return key.endsWith("bits_per_byte") || key.endsWith("loss") || key.endsWith("perplexity");
  }

  private static void transcripts(StringBuilder text, List<Transcript> transcripts) {
    if (transcripts.isEmpty()) {
      return;
    }
    text.append(
        "## What the models answer\n\nHeld-out questions; the likeliest token is always taken.\n\n");
    Map<ChatExample, List<Transcript>> byQuestion = new LinkedHashMap<>();
    for (Transcript transcript : transcripts) {
      byQuestion
          .computeIfAbsent(transcript.example(), example -> new ArrayList<>())
          .add(transcript);
    }
    for (Map.Entry<ChatExample, List<Transcript>> entry : byQuestion.entrySet()) {
      ChatExample example = entry.getKey();
      text.append("**").append(example.skill().name().toLowerCase(Locale.ROOT)).append("**: ");
      text.append(line(example.prompt())).append("\n\n");
      for (Transcript transcript : entry.getValue()) {
        text.append("- ").append(AnswerCheck.isRight(example, transcript.answer()) ? "✓ " : "✗ ");
        text.append(cell(transcript.model())).append(": ");
        text.append(transcript.answer().isBlank() ? "(nothing)" : line(transcript.answer()))
            .append('\n');
      }
      text.append('\n');
    }
  }

  private static void simulated(StringBuilder text, Map<String, List<Score>> scores) {
    text.append("## What is simulated\n\n")
        .append(
            "- The suites identity, addition, counting and reading are generated by a program; a program checks the answers.")
        .append(
            " They show what a small model can learn, not how well it would do with people's questions.\n")
        .append(
            "- The validation text behind bits per byte is real and was held out from training.\n");
    boolean judged =
        scores.values().stream()
            .flatMap(List::stream)
            .anyMatch(score -> score.suite().equals("preference"));
    if (judged) {
      text.append(
              "- What begins with `preference/` is judged by the simulated rater, a program with written rules: ")
          .append(
              "right first, then a full sentence, then the shorter. No person rated these answers.\n");
    }
  }

  private static @Nullable Score find(List<Score> scores, String key) {
    for (Score score : scores) {
      if (score.key().equals(key)) {
        return score;
      }
    }
    return null;
  }

  private static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1000) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace('\n', ' ');
  }

  /** On one line and shown as it is, whatever Markdown or HTML it holds. */
  private static String line(String text) {
    StringBuilder escaped = new StringBuilder();
    for (char c : text.strip().toCharArray()) {
      if (c == '\n' || c == '\r') {
        escaped.append(' ');
      } else {
        if ("\\`*_{}[]<>#|~".indexOf(c) >= 0) {
          escaped.append('\\');
        }
        escaped.append(c);
      }
    }
    return escaped.toString();
  }
}
