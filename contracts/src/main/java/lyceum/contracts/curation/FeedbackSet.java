package lyceum.contracts.curation;

import lyceum.core.ArtifactRef;
import lyceum.core.recipe.FeedbackSettings;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;

/**
 * A version of what people said of a model line's answers, everything of the versions before
 * included.
 *
 * @param name of the data set
 * @param items JSON lines of {@code data.feedback.FeedbackItem}
 * @param tasks how many of them ask raters which of two answers is better
 * @param examples how many of them have an answer to learn from
 */
public record FeedbackSet(String name, int version, ArtifactRef items, long tasks, long examples) {
  /** What a recipe's finetuning takes of the newest version. */
  public static @Nullable FeedbackSet forExamples(Recipe recipe, @Nullable FeedbackSet latest) {
    FeedbackSettings settings = recipe.feedback();
    return settings != null && settings.examples() && latest != null && latest.examples() > 0
        ? latest
        : null;
  }

  /** What a recipe's alignment takes of the newest version. */
  public static @Nullable FeedbackSet forRanking(Recipe recipe, @Nullable FeedbackSet latest) {
    FeedbackSettings settings = recipe.feedback();
    return settings != null && settings.ranking() && latest != null && latest.tasks() > 0
        ? latest
        : null;
  }

  /** Name of a line's data set. */
  public static String name(String modelLine) {
    return "feedback-" + modelLine;
  }

  /** Folder of the data set in object storage; {@code latest.json} and a document a version. */
  public static String folder(String modelLine) {
    return "feedback-sets/" + modelLine + "/";
  }
}
