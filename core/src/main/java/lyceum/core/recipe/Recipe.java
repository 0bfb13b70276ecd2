package lyceum.core.recipe;

import java.util.List;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import org.jspecify.annotations.Nullable;

/**
 * One file that takes a model from text to production.
 *
 * @param name of the recipe; also the tracking experiment
 * @param description one line for people
 * @param modelLine name under which versions are registered
 * @param seed from which every random choice of the run is drawn
 * @param feedback what is taken from what people said of served versions; {@code null} for nothing
 */
public record Recipe(
    String name,
    String description,
    String modelLine,
    long seed,
    CorpusSettings corpus,
    TokenizerSettings tokenizer,
    ModelSettings model,
    PretrainingSettings pretraining,
    FinetuningSettings finetuning,
    AlignmentSettings alignment,
    EvaluationSettings evaluation,
    DistillationSettings distillation,
    DeploymentSettings deployment,
    @Nullable FeedbackSettings feedback) {
  /** Without feedback. */
  public Recipe(
      String name,
      String description,
      String modelLine,
      long seed,
      CorpusSettings corpus,
      TokenizerSettings tokenizer,
      ModelSettings model,
      PretrainingSettings pretraining,
      FinetuningSettings finetuning,
      AlignmentSettings alignment,
      EvaluationSettings evaluation,
      DistillationSettings distillation,
      DeploymentSettings deployment) {
    this(
        name,
        description,
        modelLine,
        seed,
        corpus,
        tokenizer,
        model,
        pretraining,
        finetuning,
        alignment,
        evaluation,
        distillation,
        deployment,
        null);
  }

  public Recipe {
    Check.name("name", name);
    Check.name("modelLine", modelLine);
    checkMixture(corpus, pretraining);
    // With a model to go on from, dimensions and vocabulary are that model's, and are checked when
    // its configuration has been fetched.
    if (pretraining.from() == null) {
      checkAgainst(model.config(tokenizer.vocabularySize()), pretraining, finetuning, distillation);
    }
  }

  private static void checkMixture(CorpusSettings corpus, PretrainingSettings pretraining) {
    if (pretraining.mixture().isEmpty()) {
      return;
    }
    List<String> sources = corpus.sources().stream().map(SourceSettings::name).toList();
    List<String> mixed = pretraining.mixture().stream().map(SourceWeight::source).toList();
    for (String name : mixed) {
      Check.known("pretraining.mixture", "source", name, sources);
    }
    for (String name : sources) {
      if (!mixed.contains(name)) {
        throw LyceumException.user(
            "pretraining.mixture does not name the source '"
                + name
                + "' of corpus.sources. Give it a weight; 0 leaves it out.");
      }
    }
  }

  /**
   * Refuses stages that do not fit a model to go on from.
   *
   * @throws LyceumException of category USER
   */
  public void checkAgainst(ModelConfig parent) {
    checkAgainst(parent, pretraining, finetuning, distillation);
  }

  private static void checkAgainst(
      ModelConfig model,
      PretrainingSettings pretraining,
      FinetuningSettings finetuning,
      DistillationSettings distillation) {
    if (pretraining.contextLength() > model.contextLength()) {
      throw LyceumException.user(
          "pretraining.contextLength "
              + pretraining.contextLength()
              + " is longer than model.contextLength "
              + model.contextLength()
              + ".");
    }
    if (finetuning.contextLength() > model.contextLength()) {
      throw LyceumException.user(
          "finetuning.contextLength "
              + finetuning.contextLength()
              + " is longer than model.contextLength "
              + model.contextLength()
              + ".");
    }
    // Building it refuses dimensions that do not fit together before anything starts.
    ModelConfig student = distillation.student().config(model.vocabularySize());
    if (student.parameterCount() >= model.parameterCount()) {
      throw LyceumException.user(
          "distillation.student has "
              + student.parameterCount()
              + " parameters, not fewer than the teacher's "
              + model.parameterCount()
              + ".");
    }
  }
}
