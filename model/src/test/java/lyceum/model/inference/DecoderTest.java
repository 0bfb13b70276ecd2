package lyceum.model.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.TinyModel;
import org.junit.jupiter.api.Test;

class DecoderTest {
  private final Random random = new Random(5);

  @Test
  void append_oneByOneOrAtOnceOrAmongOthers_sameBits() {
    for (ModelConfig config : TinyModel.kinds()) {
      Decoder decoder = new Decoder(TinyModel.of(config, 1));
      // Longer than a chunk and than a session's first room.
      int[] tokens = tokens(80, config);
      float[][] all = decoder.logits(tokens);

      Decoder.Session alone = decoder.newSession();
      Decoder.Session joined = decoder.newSession();
      List<Decoder.Session> others = new ArrayList<>();
      for (int s = 0; s < 4; s++) {
        others.add(decoder.newSession());
        decoder.append(others.get(s), tokens(1 + s, config));
      }
      others.add(2, joined);
      for (int t = 0; t < tokens.length; t++) {
        assertThat(decoder.append(alone, tokens[t])).isEqualTo(all[t]);
        int[] step = tokens(5, config);
        step[2] = tokens[t];
        assertThat(decoder.step(others, step)[2]).isEqualTo(all[t]);
      }
      assertThat(decoder.append(decoder.newSession(), tokens)).isEqualTo(all[tokens.length - 1]);
    }
  }

  @Test
  void logits_sameAsTheFormulasInDoubles() {
    ModelConfig config = TinyModel.config(4, 2, true);
    LanguageModel model = TinyModel.of(config, 2);
    int[] tokens = tokens(12, config);
    float[][] logits = new Decoder(model).logits(tokens);
    double[][] expected = ReferenceForward.logits(model, tokens);
    for (int t = 0; t < tokens.length; t++) {
      for (int v = 0; v < config.vocabularySize(); v++) {
        assertThat((double) logits[t][v]).isCloseTo(expected[t][v], within(5e-5));
      }
    }
  }

  @Test
  void append_pastTheContextOrOutsideTheVocabulary_userErrorAndNothingAppended() {
    ModelConfig config = TinyModel.config(4, 2, true);
    Decoder decoder = new Decoder(TinyModel.of(config, 1));
    Decoder.Session session = decoder.newSession();
    decoder.append(session, tokens(config.contextLength(), config));
    assertThatThrownBy(() -> decoder.append(session, 1))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("97 tokens")
        .hasMessageContaining("96");
    assertThatThrownBy(() -> decoder.append(decoder.newSession(), config.vocabularySize()))
        .isInstanceOf(LyceumException.class);
    assertThat(session.length()).isEqualTo(config.contextLength());
  }

  @Test
  void exp_closeToTheJdkOverItsRange() {
    for (float x = -86; x < 88; x += 0.0137f) {
      assertThat(Loops.exp(x) / Math.exp(x)).isCloseTo(1, within(2e-7));
    }
    assertThat(Loops.exp(-90)).isZero();
    assertThat(Loops.exp(0)).isEqualTo(1);
    assertThat(Loops.exp(Float.NEGATIVE_INFINITY)).isZero();
  }

  private int[] tokens(int count, ModelConfig config) {
    return random.ints(count, 0, config.vocabularySize()).toArray();
  }
}
