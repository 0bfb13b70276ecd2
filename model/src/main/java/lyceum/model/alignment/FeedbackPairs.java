package lyceum.model.alignment;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.data.feedback.FeedbackItem;
import lyceum.data.skill.ChatExample;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.Generation;
import lyceum.model.inference.Generator;
import lyceum.model.inference.SamplingSettings;
import lyceum.model.training.Seeds;

/**
 * Pairs from what people said of a served model: an answer and its edit, or an answer that was
 * disliked and a fresh one of the model that is to be aligned.
 */
public final class FeedbackPairs {
  /** Fresh answers sampled a prompt; the first that differs makes the pair. */
  private static final int ANSWERS = 4;

  /** What no answer is: a program cannot tell which answer of such a pair is right. */
  private static final String NO_KEY = "\u0000";

  private FeedbackPairs() {}

  /**
   * The tasks of the feedback, numbered from 0, then the sampled pairs under the numbers after
   * them. Which of two answers comes first is drawn from the seed, so that its place tells raters
   * nothing. A task whose prompt leaves no room for an answer, or to which the model says the same
   * again, is left out.
   */
  public static List<AnswerPair> before(
      List<AnswerPair> sampled,
      List<FeedbackItem> feedback,
      LanguageModel model,
      AlignmentSettings settings,
      long seed) {
    List<AnswerPair> pairs = new ArrayList<>();
    for (FeedbackItem item : feedback) {
      if (!item.isTask()) {
        continue;
      }
      boolean edited = !item.edit().isBlank();
      String good = edited ? item.edit() : item.answer();
      ChatExample example =
          new ChatExample(Skill.FEEDBACK, item.prompt(), good, edited ? good : NO_KEY);
      Optional<String> other =
          edited ? Optional.of(item.edit()) : fresh(model, example, item, settings, seed);
      if (other.isPresent()) {
        boolean swapped = (Seeds.derive(seed, 2, pairs.size()) & 1) == 1;
        pairs.add(
            new AnswerPair(
                pairs.size(),
                example,
                swapped ? other.get() : item.answer(),
                swapped ? item.answer() : other.get()));
      }
    }
    for (AnswerPair pair : sampled) {
      pairs.add(new AnswerPair(pairs.size(), pair.example(), pair.first(), pair.second()));
    }
    return pairs;
  }

  /** Whether only a person can say which answer of the pair is better. */
  public static boolean needsAPerson(AnswerPair pair) {
    return pair.example().skill() == Skill.FEEDBACK && pair.example().expected().equals(NO_KEY);
  }

  private static Optional<String> fresh(
      LanguageModel model,
      ChatExample example,
      FeedbackItem item,
      AlignmentSettings settings,
      long seed) {
    int[] prompt = Prompts.ids(model.tokenizer(), example);
    if (prompt.length + settings.maxNewTokens() > model.config().contextLength()) {
      return Optional.empty();
    }
    List<int[]> prompts = new ArrayList<>();
    long[] seeds = new long[ANSWERS];
    for (int a = 0; a < ANSWERS; a++) {
      prompts.add(prompt);
      seeds[a] = Seeds.derive(seed, 3, item.id().hashCode(), a);
    }
    for (Generation answer :
        new Generator(model)
            .generateAll(
                prompts,
                SamplingSettings.sampling(settings.temperature(), settings.maxNewTokens()),
                seeds)) {
      String text = model.tokenizer().decode(answer.ids());
      if (answer.finished() && !text.isBlank() && !text.strip().equals(item.answer().strip())) {
        return Optional.of(text);
      }
    }
    return Optional.empty();
  }
}
