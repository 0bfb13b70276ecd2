package lyceum.model.pretraining;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.Score;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.LossSettings;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.model.evaluation.BitsPerByte;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.training.Computation;
import lyceum.model.training.MixedText;
import lyceum.model.training.Seeds;
import lyceum.model.training.TextRows;
import lyceum.model.training.TextWindows;
import lyceum.model.training.TokenGraph;
import lyceum.model.training.TokenInputs;
import lyceum.model.training.Trained;
import lyceum.model.training.Trainer;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import lyceum.model.training.TrainingTask;
import lyceum.model.transformer.InitialWeights;
import lyceum.model.transformer.RegularizedLoss;
import lyceum.model.transformer.TokenLoss;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Next-token training on a shard of tokens: all of them as they come ({@link TextWindows}), or its
 * sources by weights ({@link MixedText}).
 */
public final class Pretraining {
  /** Metric of the steps at which the validation text is measured. */
  public static final String VALIDATION_BITS_PER_BYTE = "validation_bits_per_byte";

  private final ModelConfig config;
  private final PretrainingSettings settings;
  private final TokenShard train;
  private final TokenShard validation;
  private final int validationTokens;
  private final BpeTokenizer tokenizer;
  private final @Nullable SortedMap<String, FloatTensor> parentWeights;
  private final long seed;

  /** From random weights; see the other constructor. */
  public Pretraining(
      ModelConfig config,
      PretrainingSettings settings,
      TokenShard train,
      TokenShard validation,
      int validationTokens,
      BpeTokenizer tokenizer,
      long seed) {
    this(config, settings, train, validation, validationTokens, tokenizer, null, seed);
  }

  /**
   * @param validationTokens how many tokens of the validation shard to measure on, from its start
   * @param parentWeights of the model that training goes on from; {@code null} to begin from random
   *     weights
   * @throws LyceumException of category USER when shards, tokenizer, model and settings do not fit
   *     each other
   */
  public Pretraining(
      ModelConfig config,
      PretrainingSettings settings,
      TokenShard train,
      TokenShard validation,
      int validationTokens,
      BpeTokenizer tokenizer,
      @Nullable SortedMap<String, FloatTensor> parentWeights,
      long seed) {
    this.config = config;
    this.settings = settings;
    this.train = train;
    this.validation = validation;
    this.validationTokens = validationTokens;
    this.tokenizer = tokenizer;
    this.parentWeights = parentWeights;
    this.seed = seed;
    if (settings.contextLength() > config.contextLength()) {
      throw LyceumException.user(
          "pretraining.contextLength "
              + settings.contextLength()
              + " is longer than the model's context of "
              + config.contextLength()
              + ".");
    }
    int largest = Math.max(train.largestId(), validation.largestId());
    if (largest >= tokenizer.vocabularySize()
        || tokenizer.vocabularySize() > config.vocabularySize()) {
      throw LyceumException.user(
          "The texts' tokens go up to id "
              + largest
              + ", the tokenizer has "
              + tokenizer.vocabularySize()
              + " tokens and the model "
              + config.vocabularySize()
              + ". They were not made for each other.");
    }
  }

  /** Trains, from the state where there is one. */
  public Trained train(Optional<TrainingState> from, TrainingListener listener) {
    return train(ProcessGroup.alone(), from, listener);
  }

  /** Trains together with the other ranks of a group; see {@link Trainer}. */
  public Trained train(
      ProcessGroup group, Optional<TrainingState> from, TrainingListener listener) {
    return new Trainer(
            new Task(),
            settings.optimizer(),
            settings.steps(),
            settings.checkpointEvery(),
            settings.guards())
        .train(group, from, listener);
  }

  private TextRows text(int length) {
    long order = Seeds.derive(seed, 1);
    return settings.mixture().isEmpty()
        ? new TextWindows(train, tokenizer, length, order)
        : new MixedText(
            train,
            settings.mixture(),
            tokenizer,
            length,
            (long) settings.steps() * settings.batchSize(),
            order);
  }

  private final class Task implements TrainingTask {
    private final int length = settings.contextLength();
    private final TextRows text = text(length);
    private final TextSamples samples = new TextSamples(validation, tokenizer, length);
    private @Nullable TokenGraph graph;

    @Override
    public String name() {
      return "pretraining";
    }

    @Override
    public ComputeSettings compute() {
      return settings.compute();
    }

    @Override
    public String contract() {
      return String.join(
          "\n",
          name(),
          config.toString(),
          settings.toString(),
          train.size() + " tokens of " + train.documents() + " documents",
          Long.toString(seed));
    }

    @Override
    public SortedMap<String, FloatTensor> initialWeights() {
      return parentWeights == null
          ? InitialWeights.of(config, Seeds.derive(seed, 0))
          : parentWeights;
    }

    @Override
    public Loss build(Computation computation, Map<String, Operand<TFloat32>> weights) {
      TokenInputs inputs =
          TokenInputs.of(computation, settings.batchSize() / settings.compute().parts(), length);
      TokenGraph tokens =
          new TokenGraph(computation, config, weights, inputs, length, settings.compute());
      graph = tokens;
      TokenLoss loss = tokens.loss();
      if (settings.loss().equals(LossSettings.PLAIN)) {
        TokenLoss.Learned learned = loss.learned();
        return new Loss(learned.value(), learned.gradients(), List.of());
      }
      RegularizedLoss regularized =
          new RegularizedLoss(
              computation.tf(),
              config,
              loss,
              inputs.targets_N(),
              inputs.weights_N(),
              settings.loss());
      return new Loss(regularized.value(), regularized.gradients(), List.of());
    }

    @Override
    public Batch batch(Computation computation, long step) {
      TokenInputs.Builder inputs = new TokenInputs.Builder(settings.batchSize(), length);
      text.append(inputs, step * settings.batchSize(), settings.batchSize(), 0);
      inputs.weigh(0, inputs.count(), 1.0 / inputs.count());
      return new Batch(inputs.feeds(settings.compute().parts()), inputs.count());
    }

    @Override
    public SortedMap<String, Double> report(
        Computation computation, Batch batch, List<float[]> observed, long stepsDone) {
      SortedMap<String, Double> metrics = new TreeMap<>(batch.metrics());
      if (measuredAt(stepsDone)) {
        Score score =
            BitsPerByte.measure(
                Objects.requireNonNull(graph)::tokenLosses,
                validation,
                tokenizer,
                validationTokens,
                settings.batchSize() / settings.compute().parts(),
                length);
        metrics.put(VALIDATION_BITS_PER_BYTE, score.value());
        metrics.putAll(text.figures(stepsDone * settings.batchSize()));
      }
      return metrics;
    }

    @Override
    public SortedMap<String, String> samples(Computation computation, long stepsDone) {
      return samples.isEmpty() || !measuredAt(stepsDone)
          ? new TreeMap<>()
          : samples.of(
              new LanguageModel(
                  config, computation.read("", LanguageModel.shapes(config)), tokenizer));
    }

    private boolean measuredAt(long stepsDone) {
      return stepsDone % settings.evaluateEvery() == 0 || stepsDone == settings.steps();
    }
  }
}
