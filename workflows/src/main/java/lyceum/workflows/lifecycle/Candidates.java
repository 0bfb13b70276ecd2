package lyceum.workflows.lifecycle;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.contracts.Payloads;
import lyceum.contracts.alignment.AlignmentResult;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.contracts.deployment.DeploymentInput;
import lyceum.contracts.deployment.Lineage;
import lyceum.contracts.distillation.DistillationResult;
import lyceum.contracts.evaluation.EvaluationResult;
import lyceum.contracts.evaluation.ModelScores;
import lyceum.contracts.evaluation.NamedModel;
import lyceum.contracts.evaluation.Suite;
import lyceum.contracts.finetuning.FinetuningResult;
import lyceum.contracts.pretraining.PretrainingResult;
import lyceum.contracts.tokenizer.ParentModel;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ModelArtifact;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.core.recipe.Recipe;
import lyceum.workflows.stage.Scores;

/** The models a life has made, and the one of them that its recipe puts forward for deployment. */
record Candidates(
    PretrainingResult base,
    FinetuningResult assistant,
    AlignmentResult aligned,
    EvaluationResult evaluation,
    DistillationResult distilled) {

  /** The models in the order in which they were made, each under the noun of its stage. */
  static List<NamedModel> models(
      PretrainingResult base, FinetuningResult assistant, AlignmentResult aligned) {
    return List.of(
        new NamedModel(Stage.PRETRAINING.noun(), base.trained().model()),
        new NamedModel(Stage.FINETUNING.noun(), assistant.trained().model()),
        new NamedModel(Stage.ALIGNMENT.noun(), aligned.trained().model()));
  }

  /** The scores of the n-gram models, which pretraining measured. */
  static List<Score> baselines(PretrainingResult base) {
    return base.scores().stream().filter(s -> s.metric().endsWith("_bits_per_byte")).toList();
  }

  DeploymentInput putForward(
      Recipe recipe,
      CorpusResult corpus,
      TokenizerResult tokens,
      SortedMap<String, String> stageKeys) {
    Suite suite = new Suite(recipe.evaluation(), tokens, assistant.chats());
    String lineage = Payloads.toJson(lineage(recipe, corpus, tokens, stageKeys));
    return switch (recipe.deployment().candidate()) {
      case ALIGNED ->
          new DeploymentInput(
              recipe.deployment(),
              aligned.trained().model(),
              Stage.ALIGNMENT.noun(),
              Scores.joined(
                  evaluated(Stage.ALIGNMENT.noun()),
                  aligned.scores(),
                  List.of(aligned.rewardAccuracy())),
              lineage,
              suite);
      case STUDENT ->
          new DeploymentInput(
              recipe.deployment(),
              distilled.student().model(),
              Stage.DISTILLATION.noun(),
              Scores.joined(
                  distilled.scores(),
                  List.of(new Score("distillation", "gap_closed", distilled.gapClosed(), 1, 0))),
              lineage,
              suite);
    };
  }

  private List<Score> evaluated(String name) {
    return evaluation.models().stream()
        .filter(m -> m.name().equals(name))
        .map(ModelScores::scores)
        .findFirst()
        .orElse(List.of());
  }

  private Lineage lineage(
      Recipe recipe,
      CorpusResult corpus,
      TokenizerResult tokens,
      SortedMap<String, String> stageKeys) {
    SortedMap<String, String> weights = new TreeMap<>();
    weights.put(Stage.PRETRAINING.noun(), sha256(base.trained().model()));
    weights.put(Stage.FINETUNING.noun(), sha256(assistant.trained().model()));
    weights.put(Stage.ALIGNMENT.noun(), sha256(aligned.trained().model()));
    weights.put(Stage.DISTILLATION.noun(), sha256(distilled.student().model()));
    ParentModel parent = tokens.parent();
    return new Lineage(
        recipe.name(),
        recipe.seed(),
        stageKeys,
        corpus.sources(),
        corpus.documentsKept(),
        tokens.trainTokenCount(),
        aligned.rater(),
        weights,
        parent == null
            ? null
            : new Lineage.Parent(parent.name(), parent.uri(), parent.licence(), parent.digest()));
  }

  private static String sha256(ModelArtifact model) {
    return model.weightsSha256();
  }
}
