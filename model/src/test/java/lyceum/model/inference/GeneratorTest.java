package lyceum.model.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import lyceum.core.LyceumException;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.TinyModel;
import org.junit.jupiter.api.Test;

class GeneratorTest {
  private final LanguageModel model = TinyModel.of(1);
  private final Generator generator = new Generator(model);

  @Test
  void generateAll_anyThreadsAndAnyCompany_sameAsAlone() {
    Random random = new Random(3);
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < 37; i++) {
      prompts.add(
          random.ints(1 + random.nextInt(70), 0, model.config().vocabularySize()).toArray());
    }
    long[] seeds = LongStream.range(100, 137).toArray();
    for (SamplingSettings settings :
        List.of(
            SamplingSettings.greedy(20),
            SamplingSettings.sampling(1, 30),
            new SamplingSettings(0.7, 0.9, 50, 30))) {
      List<String> alone = new ArrayList<>();
      for (int i = 0; i < prompts.size(); i++) {
        alone.add(show(generator.generate(prompts.get(i), settings, seeds[i], TokenListener.ALL)));
      }
      for (int threads : new int[] {1, 2, 3, 16}) {
        Generator many = new Generator(generator.decoder(), SpecialTokens.END, threads);
        assertThat(
                many.generateAll(prompts, settings, seeds).stream()
                    .map(GeneratorTest::show)
                    .toList())
            .isEqualTo(alone);
      }
    }
  }

  @Test
  void generate_logProbs_areOfTheRawSoftmaxHoweverSampled() {
    int[] prompt = {0, 30, 40};
    for (SamplingSettings settings :
        List.of(SamplingSettings.greedy(9), new SamplingSettings(1.7, 0.8, 30, 9))) {
      Generation generation = generator.generate(prompt, settings, 11, TokenListener.ALL);
      int[] all = Arrays.copyOf(prompt, prompt.length + generation.ids().length);
      System.arraycopy(generation.ids(), 0, all, prompt.length, generation.ids().length);
      float[][] logits = generator.decoder().logits(all);
      for (int i = 0; i < generation.ids().length; i++) {
        double sum = 0;
        for (float logit : logits[prompt.length - 1 + i]) {
          sum += Math.exp(logit);
        }
        double expected = logits[prompt.length - 1 + i][generation.ids()[i]] - Math.log(sum);
        assertThat((double) generation.logProbs()[i]).isCloseTo(expected, within(1e-5));
      }
    }
  }

  @Test
  void sampler_frequencies_matchTheDistribution() {
    float[] logits = {1f, 2f, -1f, 0.5f, 2f};
    int draws = 40_000;
    // Temperature 2 halves the logits; top-k 4 cuts id 2; top-p 0.84 then cuts the least of what is
    // left, id 3.
    assertFrequencies(
        logits,
        new SamplingSettings(1, 1, 0, 1),
        new boolean[] {true, true, true, true, true},
        draws);
    assertFrequencies(
        logits,
        new SamplingSettings(2, 1, 4, 1),
        new boolean[] {true, true, false, true, true},
        draws);
    assertFrequencies(
        logits,
        new SamplingSettings(2, 0.84, 4, 1),
        new boolean[] {true, true, false, false, true},
        draws);
    assertFrequencies(
        logits,
        new SamplingSettings(1, 0.01, 0, 1),
        new boolean[] {false, true, false, false, false},
        draws);
    assertFrequencies(
        logits,
        new SamplingSettings(1, 1, 1, 1),
        new boolean[] {false, true, false, false, false},
        draws);
  }

  private static void assertFrequencies(
      float[] logits, SamplingSettings settings, boolean[] kept, int draws) {
    int[] counts = new int[logits.length];
    Sampler sampler = new Sampler(settings, 99);
    for (int i = 0; i < draws; i++) {
      counts[sampler.choose(logits)]++;
    }
    double total = 0;
    for (int id = 0; id < logits.length; id++) {
      total += kept[id] ? Math.exp(logits[id] / settings.temperature()) : 0;
    }
    for (int id = 0; id < logits.length; id++) {
      double p = kept[id] ? Math.exp(logits[id] / settings.temperature()) / total : 0;
      assertThat(counts[id] / (double) draws)
          .as("id %d under %s", id, settings)
          .isCloseTo(p, within(5 * Math.sqrt(p * (1 - p) / draws) + 1e-12));
    }
  }

  @Test
  void generate_otherSeed_otherAnswer_sameSeed_sameAnswer() {
    SamplingSettings settings = SamplingSettings.sampling(1, 20);
    int[] prompt = {0, 5};
    String first = show(generator.generate(prompt, settings, 1, TokenListener.ALL));
    assertThat(show(generator.generate(prompt, settings, 1, TokenListener.ALL))).isEqualTo(first);
    assertThat(show(generator.generate(prompt, settings, 2, TokenListener.ALL)))
        .isNotEqualTo(first);
  }

  @Test
  void generate_ends_atEndTokenOrLimitOrContextOrWhenTold() {
    int[] prompt = {0, 5, 9};
    Generation greedy =
        generator.generate(prompt, SamplingSettings.greedy(6), 0, TokenListener.ALL);
    assertThat(greedy.ids()).hasSize(6);
    assertThat(greedy.finished()).isFalse();

    Generator endsAtThird = new Generator(generator.decoder(), greedy.ids()[2], 1);
    Generation ended =
        endsAtThird.generate(prompt, SamplingSettings.greedy(6), 0, TokenListener.ALL);
    assertThat(ended.finished()).isTrue();
    assertThat(ended.ids()[ended.ids().length - 1]).isEqualTo(greedy.ids()[2]);

    assertThat(
            generator.generate(prompt, SamplingSettings.greedy(6), 0, (id, logProb) -> false).ids())
        .hasSize(1);

    int[] long_ = new int[model.config().contextLength() - 2];
    assertThat(generator.generate(long_, SamplingSettings.greedy(6), 0, TokenListener.ALL).ids())
        .hasSizeLessThanOrEqualTo(2);
    assertThatThrownBy(
            () ->
                generator.generate(
                    new int[model.config().contextLength()],
                    SamplingSettings.greedy(6),
                    0,
                    TokenListener.ALL))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("96 tokens");
    assertThatThrownBy(
            () ->
                generator.generateAll(
                    List.of(new int[] {0}, new int[0], new int[] {0}),
                    SamplingSettings.greedy(6),
                    new long[3]))
        .isInstanceOf(LyceumException.class);
  }

  private static String show(Generation generation) {
    return Arrays.toString(generation.ids())
        + generation.finished()
        + Arrays.toString(generation.logProbs());
  }
}
