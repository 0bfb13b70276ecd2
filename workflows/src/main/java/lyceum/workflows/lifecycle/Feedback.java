package lyceum.workflows.lifecycle;

import io.temporal.workflow.Workflow;
import lyceum.contracts.curation.CurationActivities;
import lyceum.contracts.curation.FeedbackSet;
import lyceum.core.recipe.Recipe;
import lyceum.workflows.stage.ActivityProfiles;
import lyceum.workflows.stage.Attempts;
import org.jspecify.annotations.Nullable;

/** What a life takes from its line's feedback set, fixed when the life begins. */
record Feedback(@Nullable FeedbackSet examples, @Nullable FeedbackSet ranking) {
  static Feedback of(Recipe recipe) {
    if (recipe.feedback() == null) {
      return new Feedback(null, null);
    }
    CurationActivities curation =
        Workflow.newActivityStub(
            CurationActivities.class,
            ActivityProfiles.dataStep("Look up the feedback on " + recipe.modelLine()));
    FeedbackSet latest = Attempts.of(() -> curation.latest(recipe.modelLine())).set();
    return new Feedback(
        FeedbackSet.forExamples(recipe, latest), FeedbackSet.forRanking(recipe, latest));
  }
}
