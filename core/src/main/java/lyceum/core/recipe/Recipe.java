package lyceum.core.recipe;

import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;

/**
 * One file that takes a model from text to production.
 *
 * @param name of the recipe; also the tracking experiment
 * @param description one line for people
 * @param modelLine name under which versions are registered
 * @param seed from which every random choice of the run is drawn
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
    DeploymentSettings deployment) {
  public Recipe {
    Check.name("name", name);
    Check.name("modelLine", modelLine);
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
    // Builds both to refuse dimensions that do not fit together before anything starts.
    ModelConfig unused = model.config(tokenizer.vocabularySize());
    ModelConfig unusedStudent = distillation.student().config(tokenizer.vocabularySize());
    if (unusedStudent.parameterCount() >= unused.parameterCount()) {
      throw LyceumException.user(
          "distillation.student has "
              + unusedStudent.parameterCount()
              + " parameters, not fewer than the teacher's "
              + unused.parameterCount()
              + ".");
    }
  }
}
