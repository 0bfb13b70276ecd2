package lyceum.model.alignment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.core.Sha256;
import lyceum.core.recipe.AlignmentSettings.RewardSettings;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.Computation;
import lyceum.model.training.Seeds;
import lyceum.model.training.ShuffledOrder;
import lyceum.model.training.Trained;
import lyceum.model.training.Trainer;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import lyceum.model.training.TrainingTask;
import lyceum.model.transformer.Gradients;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Trains a reward model from preferences: {@code softplus(-(r(chosen) - r(rejected)))}, the
 * negative log-likelihood of Bradley and Terry's model, with a slight pull of the scores towards
 * zero, which the loss alone leaves free. The prompts of a share of the pairs are held out; a
 * reward model that is not better than chance on them is refused.
 */
public final class RewardTraining {
  private static final Logger LOG = LoggerFactory.getLogger(RewardTraining.class);

  public static final String SUITE = "preferences";

  /** Weight of the mean square of {@code r(chosen) + r(rejected)}. */
  private static final float CENTERING = 0.01f;

  /** Standard errors to the lower end of a 95% confidence interval. */
  private static final double Z = 1.96;

  private final LanguageModel finetuned;
  private final RewardSettings settings;
  private final List<PreferencePair> train = new ArrayList<>();
  private final List<PreferencePair> heldOut = new ArrayList<>();
  private final long seed;

  /**
   * @throws LyceumException of category USER when there are too few pairs to train on and to hold
   *     out
   */
  public RewardTraining(
      LanguageModel finetuned, RewardSettings settings, List<PreferencePair> pairs, long seed) {
    this.finetuned = finetuned;
    this.settings = settings;
    this.seed = seed;
    split(pairs);
    if (train.isEmpty() || heldOut.isEmpty()) {
      throw LyceumException.user(
          "The "
              + pairs.size()
              + " preferences leave "
              + train.size()
              + " pairs to train on and "
              + heldOut.size()
              + " to measure on. Rank more pairs.");
    }
  }

  /** Trains, from the state where there is one, and measures on the held-out pairs. */
  public TrainedReward train(Optional<TrainingState> from, TrainingListener listener) {
    Trained trained =
        new Trainer(new Task(), settings.optimizer(), settings.steps(), settings.checkpointEvery())
            .train(from, listener);
    return measured(trained.weights());
  }

  /** By prompt, so that no prompt is on both sides. */
  private void split(List<PreferencePair> pairs) {
    List<String> prompts =
        List.copyOf(new TreeSet<>(pairs.stream().map(pair -> pair.example().prompt()).toList()));
    if (prompts.isEmpty()) {
      return;
    }
    int count = (int) Math.max(1, Math.round(settings.heldOutFraction() * prompts.size()));
    TreeSet<String> kept = new TreeSet<>();
    ShuffledOrder order = new ShuffledOrder(prompts.size(), Seeds.derive(seed, 2));
    for (int i = 0; i < count; i++) {
      kept.add(prompts.get(order.at(i)));
    }
    int length = finetuned.config().contextLength();
    for (PreferencePair pair : pairs) {
      if (chats(List.of(pair)).stream().anyMatch(chat -> chat.length > length)) {
        LOG.warn(
            "A preference is left out: an answer to '{}' is longer than {} tokens",
            pair.example().prompt(),
            length);
        continue;
      }
      (kept.contains(pair.example().prompt()) ? heldOut : train).add(pair);
    }
  }

  private TrainedReward measured(SortedMap<String, FloatTensor> weights) {
    double[] scores;
    try (RewardScorer raw =
        new RewardScorer(
            new RewardModel(finetuned.config(), weights, finetuned.tokenizer(), 0, 1))) {
      scores = raw.scores(chats(heldOut));
    }
    int right = 0;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < scores.length; i++) {
      right += i % 2 == 0 && scores[i] > scores[i + 1] ? 1 : 0;
      sum += scores[i];
      squares += scores[i] * scores[i];
    }
    double mean = sum / scores.length;
    double deviation = Math.sqrt(Math.max(0, squares / scores.length - mean * mean));
    Score accuracy = Score.accuracy(SUITE, right, heldOut.size());
    double low = lowerBound(right, heldOut.size());
    if (!(low > 0.5)) {
      throw LyceumException.user(
          "The reward model agrees with the rater on %d of %d held-out pairs (%.3f, 95%% lower bound %.3f), which is not better "
                  .formatted(right, heldOut.size(), accuracy.value(), low)
              + "than chance. Rank more pairs, train it longer, or look whether the ranks follow a rule at all.");
    }
    return new TrainedReward(
        new RewardModel(finetuned.config(), weights, finetuned.tokenizer(), mean, deviation),
        accuracy);
  }

  /**
   * Lower end of Wilson's 95% interval, which is sound for few pairs and for all right, where the
   * plain one is not.
   */
  static double lowerBound(int right, int all) {
    double p = (double) right / all;
    double z2 = Z * Z / all;
    return (p + z2 / 2 - Z * Math.sqrt((p * (1 - p) + z2 / 4) / all)) / (1 + z2);
  }

  /** Chosen and rejected by turns. */
  private List<int[]> chats(List<PreferencePair> pairs) {
    List<int[]> chats = new ArrayList<>();
    for (PreferencePair pair : pairs) {
      chats.add(Prompts.ids(finetuned.tokenizer(), pair.example(), pair.chosen()));
      chats.add(Prompts.ids(finetuned.tokenizer(), pair.example(), pair.rejected()));
    }
    return chats;
  }

  private final class Task implements TrainingTask {
    private final int length = finetuned.config().contextLength();
    private final ShuffledOrder order = new ShuffledOrder(train.size(), Seeds.derive(seed, 1));

    @Override
    public String name() {
      return "reward model training";
    }

    @Override
    public String contract() {
      return String.join(
          "\n",
          name(),
          finetuned.config().toString(),
          settings.toString(),
          Sha256.of(train.toString()),
          ChatTemplate.sha256(),
          Long.toString(seed));
    }

    @Override
    public SortedMap<String, FloatTensor> initialWeights() {
      SortedMap<String, FloatTensor> weights = new TreeMap<>(finetuned.weights());
      int width = finetuned.config().embeddingDim();
      FloatTensor head = FloatTensor.zeros(1, width);
      SplittableRandom random = new SplittableRandom(Seeds.derive(seed, 0));
      for (int i = 0; i < width; i++) {
        head.values()[i] = (float) (random.nextGaussian() / Math.sqrt(width + 1));
      }
      weights.put(ScoreGraph.HEAD, head);
      weights.keySet().retainAll(ScoreGraph.shapes(finetuned.config()).keySet());
      return weights;
    }

    @Override
    public Loss build(Computation computation, Map<String, Operand<TFloat32>> weights) {
      Ops tf = computation.tf();
      ScoreGraph graph =
          new ScoreGraph(
              computation,
              finetuned.config(),
              weights,
              computation.ints("ids", -1, length),
              computation.ints("segments", -1, length),
              computation.ints("last", -1),
              length);
      Operand<TFloat32> pairs_P2 = tf.reshape(graph.scores(), tf.constant(new int[] {-1, 2}));
      Operand<TFloat32> margins_P1 =
          tf.linalg.matMul(pairs_P2, tf.constant(new float[][] {{1}, {-1}}));
      Operand<TFloat32> sums_P1 = tf.linalg.matMul(pairs_P2, tf.constant(new float[][] {{1}, {1}}));
      Operand<TFloat32> losses_P1 =
          tf.math.add(
              tf.math.softplus(tf.math.neg(margins_P1)),
              tf.math.mul(tf.math.square(sums_P1), tf.constant(CENTERING)));
      Operand<TFloat32> loss = tf.math.mean(losses_P1, tf.constant(new int[] {0, 1}));
      Operand<TFloat32> toScores_N =
          Gradients.of(
                  computation.graph(),
                  List.of(loss),
                  List.of(tf.constant(1f)),
                  List.of(graph.scores()))
              .getFirst();
      return new Loss(loss, graph.gradients(toScores_N), List.of(graph.scores()));
    }

    @Override
    public Batch batch(Computation computation, long step) {
      List<PreferencePair> pairs = new ArrayList<>();
      for (int i = 0; i < settings.batchSize(); i++) {
        pairs.add(train.get(order.at(step * settings.batchSize() + i)));
      }
      List<int[]> chats = chats(pairs);
      long tokens = chats.stream().mapToLong(chat -> chat.length).sum();
      return new Batch(List.of(ScoreGraph.feeds(chats, length)), tokens);
    }

    @Override
    public SortedMap<String, Double> report(
        Computation computation, Batch batch, List<float[]> observed, long stepsDone) {
      float[] scores = observed.getFirst();
      int pairs = scores.length / 2;
      double right = 0;
      double margin = 0;
      for (int i = 0; i < pairs; i++) {
        double difference = scores[2 * i] - scores[2 * i + 1];
        right += difference > 0 ? 1 : 0;
        margin += difference;
      }
      return new TreeMap<>(Map.of("accuracy", right / pairs, "margin", margin / pairs));
    }
  }
}
