package lyceum.application.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.connectors.storage.DirectoryArtifactStore;
import lyceum.contracts.Payloads;
import lyceum.contracts.corpus.CorpusInput;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.contracts.lifecycle.StageCodeVersions;
import lyceum.core.ArtifactRef;
import lyceum.core.Sha256;
import lyceum.core.Stage;
import lyceum.core.recipe.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanTest {
  private static final Recipe SMOKE =
      new RecipeReader(Path.of("").toAbsolutePath().getParent().resolve("recipes"))
          .read(
              "smoke",
              List.of(
                  "pretraining.steps=60",
                  "pretraining.batchSize=8",
                  "pretraining.contextLength=128"));

  @TempDir Path folder;

  @Test
  void plan_countsParametersTokensAndBytes() {
    Plan plan = Plan.of(SMOKE, true, () -> new DirectoryArtifactStore(folder));
    assertThat(plan.pretrainingTokens()).isEqualTo(60 * 8 * 128);
    assertThat(plan.parameters())
        .isEqualTo(SMOKE.model().config(SMOKE.tokenizer().vocabularySize()).parameterCount());
    assertThat(plan.checkpointBytes()).isEqualTo(12 * plan.parameters());
    assertThat(plan.stages())
        .extracting(Plan.StagePlan::stage)
        .containsExactly(
            "corpus",
            "tokenizer",
            "pretraining",
            "finetuning",
            "alignment",
            "evaluation",
            "distillation",
            "deployment");
    assertThat(plan.stages()).extracting(Plan.StagePlan::outlook).containsOnly("runs");
    assertThat(plan.diskBytes()).isGreaterThan(plan.checkpointBytes());
  }

  @Test
  void reuse_followsTheKeys_untilAStageIsMissing() {
    DirectoryArtifactStore store = new DirectoryArtifactStore(folder);
    assertThat(Reuse.of(SMOKE, store).outlook(Stage.CORPUS)).isEqualTo("runs");

    ArtifactRef text = store.put(new byte[] {1});
    CorpusResult corpus =
        new CorpusResult(text, text, text, List.of(), 1, 1, new java.util.TreeMap<>(), 1, 1);
    String input = Payloads.toJson(new CorpusInput(SMOKE.corpus(), SMOKE.seed()));
    String key = Sha256.of("corpus\n" + StageCodeVersions.of(Stage.CORPUS) + "\n" + input);
    store.putDocument(
        "stages/corpus/" + key + ".json",
        Payloads.toJson(Map.of("resultJson", Payloads.toJson(corpus)))
            .getBytes(java.nio.charset.StandardCharsets.UTF_8));

    Reuse reuse = Reuse.of(SMOKE, store);
    assertThat(reuse.outlook(Stage.CORPUS)).isEqualTo("reused");
    assertThat(reuse.outlook(Stage.TOKENIZER)).isEqualTo("runs");
    assertThat(reuse.outlook(Stage.PRETRAINING)).isEqualTo("depends");
  }
}
