package lyceum.model.pretraining;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import lyceum.core.ModelConfig;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.LearnerFixture;
import lyceum.model.transformer.InitialWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextSamplesTest {
  @TempDir Path folder;

  /** Random weights, and more ids than the tokenizer knows. */
  private static LanguageModel model() {
    ModelConfig config =
        new ModelConfig(
            4 * LearnerFixture.TOKENIZER.vocabularySize(), 64, 1, 2, 1, 16, 32, 1e4, 1e-5, true);
    return new LanguageModel(config, InitialWeights.of(config, 1), LearnerFixture.TOKENIZER);
  }

  @Test
  void of_aModelWithMoreIdsThanItsTokenizer_isTextAndTheSameEachTime() {
    try (TokenShard heldOut = LearnerFixture.shard(folder.resolve("text"), 20, 1)) {
      TextSamples samples = new TextSamples(heldOut, LearnerFixture.TOKENIZER, 32);
      SortedMap<String, String> once = samples.of(model());
      assertThat(once).hasSize(3).isEqualTo(samples.of(model()));
      assertThat(once.values()).allSatisfy(text -> assertThat(text).contains(" >>> "));
    }
  }

  @Test
  void constructor_ofDocumentsThatAreTooShort_hasNothingToShow() {
    List<int[]> tooShort = List.of(new int[] {SpecialTokens.BOS, 9}, new int[] {SpecialTokens.BOS});
    try (TokenShard heldOut = TokenShard.write(folder.resolve("short"), tooShort.iterator())) {
      assertThat(new TextSamples(heldOut, LearnerFixture.TOKENIZER, 32).isEmpty()).isTrue();
    }
  }
}
