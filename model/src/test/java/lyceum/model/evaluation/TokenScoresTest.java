package lyceum.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.ModelConfig;
import lyceum.core.Score;
import lyceum.core.recipe.SkillSettings.Skill;
import lyceum.data.shard.TokenShard;
import lyceum.data.skill.ChatExample;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.data.tokenizer.EncodedChat;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.Decoder;
import lyceum.model.training.LearnerFixture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenScoresTest {
  private static final ModelConfig CONFIG = LearnerFixture.config(1, 32, 64);

  /** A model whose logits are all zero: every token is as likely as every other. */
  private static LanguageModel indifferent() {
    SortedMap<String, FloatTensor> weights =
        new TreeMap<>(LearnerFixture.model(CONFIG, 1).weights());
    weights.replaceAll((name, tensor) -> FloatTensor.zeros(tensor.shape()));
    return new LanguageModel(CONFIG, weights, LearnerFixture.TOKENIZER);
  }

  @Test
  void bitsPerByte_ofAnIndifferentModel_areTheVocabularysBitsWhateverTheContext(
      @TempDir Path folder) {
    try (TokenShard text = LearnerFixture.shard(folder.resolve("text"), 20, 1)) {
      int tokens = 500;
      long bytes = 0;
      long predicted = 0;
      for (int i = 1; i < tokens; i++) {
        if (!LearnerFixture.TOKENIZER.isSpecial(text.token(i))) {
          bytes += LearnerFixture.TOKENIZER.tokenBytes(text.token(i)).length;
          predicted++;
        }
      }
      double expected = predicted * Math.log(320) / Math.log(2) / bytes;
      for (int context : new int[] {64, 37, 16}) {
        Score score = BitsPerByte.measure(indifferent(), text, tokens, context);
        assertThat(score.value()).isCloseTo(expected, within(1e-5));
        assertThat(score.samples()).isEqualTo(predicted);
        assertThat(score.key()).isEqualTo("validation/bits_per_byte");
        assertThat(score.standardError()).isBetween(0.0, expected);
      }
      Score all = BitsPerByte.measure(indifferent(), text, Integer.MAX_VALUE);
      assertThat(all.samples()).isLessThan(text.size());
    }
  }

  @Test
  void chatLoss_ofAModel_equalsTheDecodersOnTheAssistantsTokens() {
    LanguageModel model = LearnerFixture.model(CONFIG, 1);
    List<ChatExample> chats =
        LearnerFixture.chats(Skill.IDENTITY, 40, 1).train().stream()
            .filter(
                chat -> ChatTemplate.encode(model.tokenizer(), chat.messages()).ids().length <= 64)
            .toList();
    Decoder decoder = new Decoder(model);
    double nats = 0;
    long tokens = 0;
    for (ChatExample chat : chats) {
      EncodedChat encoded = ChatTemplate.encode(model.tokenizer(), chat.messages());
      float[][] logits = decoder.logits(encoded.ids());
      for (int i = 1; i < encoded.ids().length; i++) {
        if (encoded.inLoss()[i]) {
          nats -= logProbability(logits[i - 1], encoded.ids()[i]);
          tokens++;
        }
      }
    }
    Score score = ChatLoss.measure(model, chats);
    assertThat(score.value()).isCloseTo(nats / tokens, within(1e-5));
    assertThat(score.samples()).isEqualTo(tokens);
    assertThat(score.key()).isEqualTo("chat/loss");
  }

  private static double logProbability(float[] logits, int token) {
    double largest = Arrays.stream(toDoubles(logits)).max().orElseThrow();
    double sum = Arrays.stream(toDoubles(logits)).map(logit -> Math.exp(logit - largest)).sum();
    return logits[token] - largest - Math.log(sum);
  }

  private static double[] toDoubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
