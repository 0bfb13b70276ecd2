package lyceum.application.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import lyceum.contracts.Payloads;
import lyceum.contracts.alignment.AlignmentInput;
import lyceum.contracts.alignment.AlignmentResult;
import lyceum.contracts.corpus.CorpusInput;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.contracts.curation.FeedbackSet;
import lyceum.contracts.curation.FeedbackState;
import lyceum.contracts.distillation.DistillationInput;
import lyceum.contracts.distillation.DistillationResult;
import lyceum.contracts.finetuning.FinetuningInput;
import lyceum.contracts.finetuning.FinetuningResult;
import lyceum.contracts.lifecycle.StageCodeVersions;
import lyceum.contracts.pretraining.PretrainingInput;
import lyceum.contracts.pretraining.PretrainingResult;
import lyceum.contracts.tokenizer.TokenizerInput;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ArtifactStore;
import lyceum.core.Sha256;
import lyceum.core.Stage;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;

/**
 * Which stages of a recipe have a record on hand. Each stage's key needs the results of those
 * before it, so the look goes from stage to stage until one is missing. Whether the bytes of the
 * artifacts are still whole is checked by the run itself.
 */
final class Reuse {
  private static final String REUSED = "reused";
  private static final String RUNS = "runs";
  private static final String DEPENDS = "depends";

  private final Map<Stage, String> outlook = new EnumMap<>(Stage.class);
  private final String otherwise;

  private Reuse(String otherwise) {
    this.otherwise = otherwise;
  }

  /** Everything runs. */
  static Reuse none() {
    return new Reuse(RUNS);
  }

  /** Object storage could not be asked. */
  static Reuse unknown() {
    return new Reuse("unknown");
  }

  String outlook(Stage stage) {
    return outlook.getOrDefault(stage, otherwise);
  }

  static Reuse of(Recipe recipe, ArtifactStore store) {
    Reuse reuse = new Reuse(DEPENDS);
    CorpusResult corpus =
        reuse.look(
            store,
            Stage.CORPUS,
            new CorpusInput(recipe.corpus(), recipe.seed()),
            CorpusResult.class);
    if (corpus == null) {
      return reuse;
    }
    TokenizerResult tokens =
        reuse.look(
            store,
            Stage.TOKENIZER,
            new TokenizerInput(
                recipe.tokenizer(),
                corpus.trainDocuments(),
                corpus.validationDocuments(),
                recipe.pretraining().from()),
            TokenizerResult.class);
    if (tokens == null) {
      return reuse;
    }
    PretrainingResult base =
        reuse.look(
            store, Stage.PRETRAINING, PretrainingInput.of(recipe, tokens), PretrainingResult.class);
    if (base == null) {
      return reuse;
    }
    FeedbackSet feedback =
        store
            .getDocument(FeedbackState.document(recipe.modelLine()))
            .map(
                bytes ->
                    Payloads.fromJson(
                        new String(bytes, StandardCharsets.UTF_8), FeedbackState.class))
            .map(FeedbackState::set)
            .orElse(null);
    FinetuningResult assistant =
        reuse.look(
            store,
            Stage.FINETUNING,
            new FinetuningInput(
                recipe.finetuning(),
                recipe.evaluation(),
                base.trained().model(),
                tokens,
                recipe.seed(),
                FeedbackSet.forExamples(recipe, feedback)),
            FinetuningResult.class);
    if (assistant == null) {
      return reuse;
    }
    AlignmentResult aligned =
        reuse.look(
            store,
            Stage.ALIGNMENT,
            new AlignmentInput(
                recipe.alignment(),
                recipe.evaluation(),
                assistant.trained().model(),
                assistant.chats(),
                tokens,
                recipe.seed(),
                FeedbackSet.forRanking(recipe, feedback)),
            AlignmentResult.class);
    if (aligned == null) {
      return reuse;
    }
    reuse.look(
        store,
        Stage.DISTILLATION,
        new DistillationInput(
            recipe.distillation(),
            recipe.evaluation(),
            aligned.trained().model(),
            assistant.chats(),
            tokens,
            recipe.seed()),
        DistillationResult.class);
    return reuse;
  }

  private <T> @Nullable T look(ArtifactStore store, Stage stage, Object input, Class<T> type) {
    String key =
        Sha256.of(
            stage.noun() + "\n" + StageCodeVersions.of(stage) + "\n" + Payloads.toJson(input));
    Optional<T> found =
        store
            .getDocument("stages/" + stage.noun() + "/" + key + ".json")
            .map(
                bytes ->
                    Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), JsonNode.class))
            .map(record -> Payloads.fromJson(record.path("resultJson").asText(), type));
    outlook.put(stage, found.isPresent() ? REUSED : RUNS);
    return found.orElse(null);
  }
}
