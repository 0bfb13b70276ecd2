package lyceum.model.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.TinyModel;
import lyceum.model.training.TokenInputs;
import lyceum.model.training.TokenScorer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class EngineTest {
  private static final ComputeTeam TEAM = new ComputeTeam(2);
  private static final ModelConfig CONFIG = TinyModel.config(4, 2, true);
  private static final LanguageModel MODEL = TinyModel.of(CONFIG, 1);

  /** Nearly the same model: much of what it proposes is taken, and much is not. */
  private static final LanguageModel NEAR = near(MODEL);

  /** No token of this vocabulary: answers run to their limit. */
  private static final int NO_END = -1;

  private final Random random = new Random(7);

  @AfterAll
  static void close() {
    TEAM.close();
  }

  private static LanguageModel near(LanguageModel model) {
    var weights = TinyModel.weights(CONFIG, 1);
    Random noise = new Random(2);
    weights.forEach(
        (name, tensor) -> {
          for (int i = 0; i < tensor.values().length; i++) {
            tensor.values()[i] += 0.02f * (float) noise.nextGaussian();
          }
        });
    return new LanguageModel(CONFIG, weights, model.tokenizer());
  }

  private static Backend backend(LanguageModel model, int blocks) {
    return new CpuBackend(
        model, WeightPrecision.F32, new CpuBackend.Capacity(blocks, 256, 160), TEAM);
  }

  private static Engine engine(EngineSettings settings, int blocks, @Nullable LanguageModel draft) {
    return new Engine(
        backend(MODEL, blocks),
        Optional.ofNullable(draft).map(d -> backend(d, 32 * 6)),
        NO_END,
        settings,
        TEAM);
  }

  private List<int[]> prompts(int count) {
    int[] shared = random.ints(40, 0, CONFIG.vocabularySize()).toArray();
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // Half of them begin alike, as chats with one system prompt do.
      int[] own = random.ints(1 + i % 23, 0, CONFIG.vocabularySize()).toArray();
      prompts.add(
          i % 2 == 0 ? own : IntStream.concat(Arrays.stream(shared), Arrays.stream(own)).toArray());
    }
    return prompts;
  }

  private static GenerationTask task(int[] prompt, SamplingSettings sampling) {
    return GenerationTask.of(prompt, sampling, Arrays.hashCode(prompt));
  }

  private static List<List<Integer>> answers(
      Engine engine, List<int[]> prompts, SamplingSettings sampling) {
    return engine
        .generateAll(prompts.stream().map(prompt -> task(prompt, sampling)).toList())
        .stream()
        .map(generation -> Arrays.stream(generation.ids()).boxed().toList())
        .toList();
  }

  @Test
  void answers_aloneOrAmongOthersWithEveryMeans_sameTokens() {
    for (SamplingSettings sampling :
        List.of(SamplingSettings.greedy(30), new SamplingSettings(0.8, 0.9, 50, 0.01, 30))) {
      List<int[]> prompts = prompts(32);
      List<List<Integer>> alone = new ArrayList<>();
      try (Engine engine = engine(new EngineSettings(1, 256, false, 4, 0), 192, null)) {
        for (int[] prompt : prompts) {
          alone.addAll(answers(engine, List.of(prompt), sampling));
        }
      }
      List<EngineSettings> means =
          List.of(
              new EngineSettings(32, 256, false, 4, 0),
              new EngineSettings(32, 256, true, 4, 0),
              // Prompts in chunks of a few tokens.
              new EngineSettings(8, 11, true, 4, 0));
      for (EngineSettings settings : means) {
        try (Engine engine = engine(settings, 192, null)) {
          assertThat(answers(engine, prompts, sampling)).isEqualTo(alone);
          assertThat(answers(engine, prompts, sampling)).isEqualTo(alone);
          assertThat(engine.counters().cachedTokens() > 0).isEqualTo(settings.prefixCache());
          assertThat(engine.load().blocksUsed()).isZero();
        }
      }
      // Too few blocks for all: some are pushed out and begin again.
      try (Engine engine = engine(new EngineSettings(32, 256, true, 4, 0), 40, null)) {
        assertThat(answers(engine, prompts, sampling)).isEqualTo(alone);
        assertThat(engine.counters().preemptions()).isPositive();
      }
      for (LanguageModel draft : List.of(NEAR, MODEL, TinyModel.of(CONFIG, 9))) {
        try (Engine engine = engine(new EngineSettings(8, 256, true, 4, 8), 192, draft)) {
          assertThat(answers(engine, prompts, sampling)).isEqualTo(alone);
          long accepted = engine.counters().acceptedTokens();
          assertThat(accepted).isLessThanOrEqualTo(engine.counters().draftedTokens());
          if (draft == MODEL) {
            assertThat(accepted).isEqualTo(engine.counters().draftedTokens()).isPositive();
          } else {
            assertThat(accepted).isLessThan(engine.counters().draftedTokens());
          }
        }
      }
    }
  }

  @Test
  void answers_draftedInABatchOf32WithEveryMeans_sameTokens() {
    for (SamplingSettings sampling :
        List.of(SamplingSettings.greedy(24), new SamplingSettings(0.8, 0.9, 50, 0.01, 24))) {
      List<int[]> prompts = prompts(32);
      List<List<Integer>> alone = new ArrayList<>();
      try (Engine engine = engine(new EngineSettings(1, 256, false, 4, 0), 192, null)) {
        for (int[] prompt : prompts) {
          alone.addAll(answers(engine, List.of(prompt), sampling));
        }
      }
      for (boolean prefixCache : new boolean[] {false, true}) {
        for (int rows : new int[] {256, 40}) {
          for (int blocks : new int[] {192, 40}) {
            EngineSettings settings = new EngineSettings(32, rows, prefixCache, 4, 32);
            String means = settings + ", " + blocks + " blocks";
            try (Engine engine = engine(settings, blocks, NEAR)) {
              assertThat(answers(engine, prompts, sampling)).as(means).isEqualTo(alone);
              assertThat(engine.counters().acceptedTokens())
                  .as(means)
                  .isPositive()
                  .isLessThan(engine.counters().draftedTokens());
              if (blocks == 40 && rows == 256) {
                assertThat(engine.counters().preemptions()).as(means).isPositive();
              }
              assertThat(engine.load().blocksUsed()).as(means).isZero();
            }
          }
        }
      }
    }
  }

  @Test
  void answers_greedy_sameAsTheGenerators() {
    Generator generator = new Generator(new Decoder(MODEL), NO_END);
    try (Engine engine = engine(EngineSettings.DEFAULT, 192, null)) {
      for (int[] prompt : prompts(8)) {
        assertThat(engine.generate(task(prompt, SamplingSettings.greedy(20))).ids())
            .isEqualTo(
                generator
                    .generate(prompt, SamplingSettings.greedy(20), 0, TokenListener.ALL)
                    .ids());
      }
    }
  }

  @Test
  void speculation_sampling_leavesTheDistribution() {
    SamplingSettings sampling = new SamplingSettings(1, 1, 4, 2);
    int[] prompt = prompts(1).getFirst();
    int runs = 2000;
    List<Map<String, Integer>> counts = new ArrayList<>();
    for (LanguageModel draft : new LanguageModel[] {null, NEAR}) {
      Map<String, Integer> count = new java.util.HashMap<>();
      try (Engine engine = engine(new EngineSettings(8, 64, true, 1, 8), 192, draft)) {
        List<GenerationTask> tasks = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
          GenerationTask task = GenerationTask.of(prompt, sampling, random.nextLong());
          tasks.add(
              new GenerationTask(
                  prompt,
                  sampling,
                  task.penalties(),
                  task.seed(),
                  false,
                  -1,
                  false,
                  true,
                  false,
                  task.constraint(),
                  ""));
        }
        for (Generation generation : engine.generateAll(tasks)) {
          count.merge(Arrays.toString(generation.ids()), 1, Integer::sum);
        }
      }
      counts.add(count);
    }
    // Two samples of one distribution over sixteen pairs: chi-square with 15 degrees of freedom
    // stays below 45 with a probability of 0.9999.
    double chiSquare = 0;
    for (String pair : counts.getFirst().keySet()) {
      double a = counts.get(0).get(pair);
      double b = counts.get(1).getOrDefault(pair, 0);
      chiSquare += (a - b) * (a - b) / (a + b);
    }
    assertThat(counts.get(1).keySet()).isEqualTo(counts.get(0).keySet()).hasSize(16);
    assertThat(chiSquare).isLessThan(45);
  }

  @Test
  void scorePrompt_sameAsTheTrainersForward() {
    int[] prompt = random.ints(90, 6, CONFIG.vocabularySize()).toArray();
    TokenInputs.Builder inputs = new TokenInputs.Builder(1, prompt.length - 1);
    inputs.appendText(0, prompt, new boolean[CONFIG.vocabularySize()]);
    float[] losses;
    try (TokenScorer scorer = new TokenScorer(MODEL, prompt.length - 1)) {
      losses = scorer.tokenLosses(inputs.feeds());
    }
    // A budget below the prompt's length: it is scored in chunks.
    try (Engine engine = engine(new EngineSettings(4, 40, true, 4, 0), 192, null)) {
      List<ScoredToken> scores = scores(engine, prompt);
      assertThat(scores).hasSize(prompt.length);
      assertThat(scores.getFirst().logProb()).isNaN();
      for (int t = 1; t < prompt.length; t++) {
        ScoredToken score = scores.get(t);
        assertThat(score.id()).isEqualTo(prompt[t]);
        assertThat(score.logProb()).isCloseTo(-losses[t - 1], within(2e-4f));
        assertThat(score.topLogProbs()).hasSize(3).isSortedAccordingTo(Collections.reverseOrder());
        assertThat(score.topLogProbs()[0]).isGreaterThanOrEqualTo(score.logProb());
      }
    }
  }

  private static List<ScoredToken> scores(Engine engine, int[] prompt) {
    List<ScoredToken> scores = new ArrayList<>();
    CountDownLatch over = new CountDownLatch(1);
    engine.submit(
        new GenerationTask(
            prompt,
            SamplingSettings.greedy(1),
            Penalties.NONE,
            0,
            true,
            3,
            true,
            false,
            false,
            Optional.empty(),
            ""),
        new TokenSink() {
          @Override
          public void onPrompt(List<ScoredToken> tokens) {
            scores.addAll(tokens);
          }

          @Override
          public boolean onToken(ScoredToken token) {
            return false;
          }

          @Override
          public void onEnd(End end, @Nullable Throwable failure) {
            over.countDown();
          }
        });
    try {
      assertThat(over.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return scores;
  }

  /** Counts tokens; slow enough that a test can act meanwhile. */
  private static final class Slow implements TokenSink {
    final CountDownLatch first = new CountDownLatch(1);
    final CountDownLatch over = new CountDownLatch(1);
    volatile int tokens;
    volatile @Nullable End end;

    @Override
    public boolean onToken(ScoredToken token) {
      tokens++;
      first.countDown();
      try {
        Thread.sleep(2);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return true;
    }

    @Override
    public void onEnd(End reason, @Nullable Throwable failure) {
      end = reason;
      over.countDown();
    }
  }

  @Test
  void cancel_freesTheBlocksAtOnce() throws InterruptedException {
    try (Engine engine = engine(EngineSettings.DEFAULT, 192, null)) {
      Slow sink = new Slow();
      Engine.Handle handle =
          engine.submit(task(new int[] {1, 2, 3}, SamplingSettings.greedy(90)), sink);
      assertThat(sink.first.await(10, TimeUnit.SECONDS)).isTrue();
      handle.cancel();
      assertThat(sink.over.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(sink.end).isEqualTo(TokenSink.End.STOPPED);
      assertThat(sink.tokens).isLessThan(90);
      engine.generate(task(new int[] {1}, SamplingSettings.greedy(1)));
      assertThat(engine.load().blocksUsed()).isZero();
    }
  }

  @Test
  void waiting_clientsTakeTurns() throws InterruptedException {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    try (Engine engine = engine(new EngineSettings(1, 64, true, 4, 0), 192, null)) {
      Slow first = new Slow();
      engine.submit(task(new int[] {1}, SamplingSettings.greedy(20)), first);
      CountDownLatch over = new CountDownLatch(12);
      for (int i = 0; i < 12; i++) {
        String client = i < 10 ? "many" : "few";
        GenerationTask task = task(new int[] {1, i}, SamplingSettings.greedy(1));
        engine.submit(
            new GenerationTask(
                task.prompt(),
                task.sampling(),
                task.penalties(),
                0,
                true,
                -1,
                false,
                true,
                false,
                Optional.empty(),
                client),
            new TokenSink() {
              @Override
              public boolean onToken(ScoredToken token) {
                order.add(client);
                return true;
              }

              @Override
              public void onEnd(End end, @Nullable Throwable failure) {
                over.countDown();
              }
            });
      }
      assertThat(over.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(order.subList(0, 4)).containsExactly("many", "few", "many", "few");
    }
  }

  @Test
  void penaltiesAndConstraint_changeWhatIsChosen() {
    int[] prompt = {7, 8, 9};
    try (Engine engine = engine(EngineSettings.DEFAULT, 192, NEAR)) {
      Penalties bias = new Penalties(1, 0, 0, Map.of(42, 1000f));
      assertThat(generate(engine, prompt, bias, Optional.empty())).containsOnly(42);
      // Each choice of 42 takes 700 off it: after two others are likelier.
      Penalties frequency = new Penalties(1, 0, 700, Map.of(42, 1000f, 43, 900f));
      assertThat(generate(engine, prompt, frequency, Optional.empty())).startsWith(42, 43, 42, 43);
      Penalties repetition = new Penalties(10, 0, 0, Map.of(7, 0f));
      assertThat(generate(engine, prompt, repetition, Optional.empty())).doesNotHaveDuplicates();
      TokenConstraint even =
          new TokenConstraint() {
            @Override
            public void restrict(float[] logits) {
              for (int id = 1; id < logits.length; id += 2) {
                logits[id] = Float.NEGATIVE_INFINITY;
              }
            }

            @Override
            public void accept(int token) {
              assertThat(token % 2).isZero();
            }
          };
      assertThat(generate(engine, prompt, Penalties.NONE, Optional.of(even)))
          .allMatch(id -> id % 2 == 0);
    }
  }

  private static List<Integer> generate(
      Engine engine, int[] prompt, Penalties penalties, Optional<TokenConstraint> constraint) {
    return Arrays.stream(
            engine
                .generate(
                    new GenerationTask(
                        prompt,
                        SamplingSettings.greedy(12),
                        penalties,
                        0,
                        true,
                        -1,
                        false,
                        true,
                        false,
                        constraint,
                        ""))
                .ids())
        .boxed()
        .toList();
  }

  @Test
  void embed_lengthOneAndTheSameWhateverRuns() {
    try (Engine engine = engine(EngineSettings.DEFAULT, 12, null)) {
      float[] alone = engine.embed(new int[] {5, 6, 7});
      double squares = 0;
      for (float value : alone) {
        squares += value * value;
      }
      assertThat(squares).isCloseTo(1, within(1e-5));
      Slow sink = new Slow();
      engine.submit(task(new int[] {1, 2, 3}, SamplingSettings.greedy(60)), sink);
      assertThat(engine.embed(new int[] {5, 6, 7})).isEqualTo(alone);
      assertThat(engine.embed(new int[] {5, 6, 8})).isNotEqualTo(alone);
    }
  }

  @Test
  void submit_wrongPromptOrClosed_refused() {
    Engine engine = engine(EngineSettings.DEFAULT, 192, null);
    assertThatThrownBy(() -> engine.generate(task(new int[96], SamplingSettings.greedy(1))))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("96 tokens");
    assertThatThrownBy(
            () ->
                engine.generate(
                    task(new int[] {CONFIG.vocabularySize()}, SamplingSettings.greedy(1))))
        .isInstanceOf(LyceumException.class);
    engine.close();
    assertThatThrownBy(() -> engine.generate(task(new int[1], SamplingSettings.greedy(1))))
        .hasMessageContaining("closed");
  }
}
