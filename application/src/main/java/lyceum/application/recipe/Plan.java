package lyceum.application.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import lyceum.application.text.Amounts;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.Recipe;

/**
 * What a run of a recipe amounts to.
 *
 * @param parameters of the model, and of the student
 * @param pretrainingTokens tokens seen in pretraining
 * @param checkpointBytes one checkpoint of the model: weights and both moments of AdamW, 32 bits
 *     each
 * @param diskBytes about how much the run writes
 * @param stages what would happen to each
 */
public record Plan(
    String recipe,
    String modelLine,
    long seed,
    long parameters,
    long studentParameters,
    long pretrainingTokens,
    long finetuningTokens,
    long checkpointBytes,
    long diskBytes,
    List<StagePlan> stages) {
  // Weights, first and second moment, 4 bytes each.
  private static final int STATE_BYTES = 12;
  // The newest checkpoint and the one before it, of each training.
  private static final int KEPT_CHECKPOINTS = 2;
  private static final long CORPUS_BYTES = 512L << 20;

  /**
   * What would happen to one stage.
   *
   * @param outlook {@code reused}, {@code runs}, or {@code depends} where it cannot be known before
   *     what it builds on is there
   */
  public record StagePlan(String stage, String outlook, String work) {}

  /**
   * The plan of a recipe; asks object storage what is on hand. Where there is none that answers, or
   * no credentials for it, the stages' outlook is unknown.
   */
  public static Plan of(Recipe recipe, boolean fresh, Supplier<ArtifactStore> storage) {
    ModelConfig model = recipe.model().config(recipe.tokenizer().vocabularySize());
    ModelConfig student =
        recipe.distillation().student().config(recipe.tokenizer().vocabularySize());
    Reuse reuse = fresh ? Reuse.none() : reuse(recipe, storage);
    return new Plan(
        recipe.name(),
        recipe.modelLine(),
        recipe.seed(),
        model.parameterCount(),
        student.parameterCount(),
        tokens(
            recipe.pretraining().steps(),
            recipe.pretraining().batchSize(),
            recipe.pretraining().contextLength()),
        tokens(
            recipe.finetuning().steps(),
            recipe.finetuning().batchSize(),
            recipe.finetuning().contextLength()),
        model.parameterCount() * STATE_BYTES,
        diskBytes(recipe),
        stages(recipe, reuse));
  }

  private static Reuse reuse(Recipe recipe, Supplier<ArtifactStore> storage) {
    try {
      return Reuse.of(recipe, storage.get());
    } catch (LyceumException e) {
      return Reuse.unknown();
    }
  }

  private static long tokens(long steps, long batch, long context) {
    return steps * batch * context;
  }

  /**
   * About how much a run writes: the corpus, models, and the checkpoints that are kept of each
   * training.
   */
  static long diskBytes(Recipe recipe) {
    int vocabulary = recipe.tokenizer().vocabularySize();
    long model = recipe.model().config(vocabulary).parameterCount();
    long student = recipe.distillation().student().config(vocabulary).parameterCount();
    // Pretraining, finetuning, reward, policy; then student and control. Each leaves weights too.
    long trainings =
        4 * model * (KEPT_CHECKPOINTS * STATE_BYTES + 4L)
            + 2 * student * (KEPT_CHECKPOINTS * STATE_BYTES + 4L);
    return CORPUS_BYTES + trainings;
  }

  private static List<StagePlan> stages(Recipe recipe, Reuse reuse) {
    AlignmentSettings alignment = recipe.alignment();
    List<StagePlan> plans = new ArrayList<>();
    String[] work = {
      recipe.corpus().sources().size()
          + " sources: "
          + String.join(
              ", ", recipe.corpus().sources().stream().map(source -> source.name()).toList()),
      recipe.tokenizer().vocabularySize()
          + " ids, learned from "
          + Amounts.bytes(recipe.tokenizer().sampleBytes()),
      steps(
          recipe.pretraining().steps(),
          recipe.pretraining().batchSize(),
          recipe.pretraining().contextLength(),
          recipe.pretraining().checkpointEvery()),
      steps(
          recipe.finetuning().steps(),
          recipe.finetuning().batchSize(),
          recipe.finetuning().contextLength(),
          recipe.finetuning().checkpointEvery()),
      alignment.pairs()
          + " pairs ranked by "
          + (alignment.rater() == AlignmentSettings.Rater.PEOPLE
              ? "people (at least " + alignment.peoplePairs() + ")"
              : "the simulated rater")
          + "; reward "
          + alignment.reward().steps()
          + " steps, policy "
          + alignment.policy().steps()
          + " steps",
      recipe.evaluation().validationTokens() + " validation tokens, held-out skills, report",
      steps(
              recipe.distillation().steps(),
              recipe.distillation().batchSize(),
              recipe.distillation().contextLength(),
              recipe.distillation().checkpointEvery())
          + ", and a control of the same size",
      recipe.deployment().gates().size()
          + " gates, approval "
          + recipe.deployment().approval().name().toLowerCase(Locale.ROOT)
          + ", model line "
          + recipe.modelLine()
    };
    for (lyceum.core.Stage stage : lyceum.core.Stage.values()) {
      plans.add(new StagePlan(stage.noun(), reuse.outlook(stage), work[stage.ordinal()]));
    }
    return plans;
  }

  private static String steps(int steps, int batch, int context, int checkpointEvery) {
    return steps
        + " steps of "
        + batch
        + " x "
        + context
        + " tokens ("
        + Amounts.count((double) steps * batch * context)
        + " in all), a checkpoint every "
        + checkpointEvery;
  }
}
