package lyceum.model.alignment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.AlignmentSettings.PolicySettings;
import lyceum.data.skill.ChatExample;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.Generation;
import lyceum.model.inference.Generator;
import lyceum.model.inference.SamplingSettings;
import lyceum.model.training.Computation;
import lyceum.model.training.Packing;
import lyceum.model.training.Seeds;
import lyceum.model.training.ShuffledOrder;
import lyceum.model.training.TokenGraph;
import lyceum.model.training.TokenInputs;
import lyceum.model.training.TokenScorer;
import lyceum.model.training.TrainingTask;
import lyceum.model.transformer.TokenLoss;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * The steps of RLOO.
 *
 * <p>A step samples k answers to each of some prompts from the model as it is, at temperature 1
 * with nothing cut off. The return of an answer is its reward less {@code klCoefficient} times
 * {@code log p(answer) - log p_finetuned(answer)}, the estimate k1 of the divergence from the
 * fine-tuned model. The advantage is the return less the mean return of the prompt's other k - 1
 * answers, and the loss is the mean of {@code -advantage * log p(answer)} over the answers. One
 * update is made with each sample, so the ratio of new to old probability is 1 and does not appear;
 * that sampler and trainer agree on the probabilities is checked at every step.
 */
final class PolicyTask implements TrainingTask, AutoCloseable {
  /** Steps in a row that may pass without a difference in reward within any prompt's answers. */
  private static final int MOST_STEPS_WITHOUT_VARIANCE = 20;

  /** Steps in a row in which hardly an answer may come to its end. */
  private static final int MOST_STEPS_CUT_OFF = 20;

  private static final double LEAST_FINISHED = 0.1;

  /**
   * Divergence from the fine-tuned model, in nats an answer, beyond which the policy is another
   * model.
   */
  private static final double LARGEST_KL = 50;

  /**
   * Largest difference in a token's log-probability between sampler and trainer that rounding
   * explains.
   */
  private static final double LARGEST_MISMATCH = 1e-2;

  private static final double NO_VARIANCE = 1e-9;

  private static final String WITHOUT_VARIANCE = "steps_without_variance";
  private static final String CUT_OFF = "steps_cut_off";

  /** Says what answers earned, in their order. */
  @FunctionalInterface
  interface Rewards {
    double[] of(List<Sample> samples);
  }

  /** An answer to a prompt. */
  record Sample(ChatExample example, int[] prompt, Generation answer) {
    /** Ids of prompt and answer. */
    int[] chat() {
      int[] chat = Arrays.copyOf(prompt, prompt.length + answer.ids().length);
      System.arraycopy(answer.ids(), 0, chat, prompt.length, answer.ids().length);
      return chat;
    }
  }

  private final LanguageModel finetuned;
  private final Rewards rewards;
  private final String rewardName;
  private final AlignmentSettings alignment;
  private final PolicySettings settings;
  private final List<ChatExample> prompts;
  private final long seed;
  private final int length;
  private final ShuffledOrder order;
  private final TokenScorer reference;
  private int withoutVariance;
  private int cutOff;

  /** Log-probabilities that the sampler gave to the tokens of the batch in progress. */
  private float[] sampledLogProbs = new float[0];

  PolicyTask(
      LanguageModel finetuned,
      Rewards rewards,
      String rewardName,
      AlignmentSettings alignment,
      List<ChatExample> prompts,
      long seed) {
    this.finetuned = finetuned;
    this.rewards = rewards;
    this.rewardName = rewardName;
    this.alignment = alignment;
    this.settings = alignment.policy();
    this.seed = seed;
    this.length = finetuned.config().contextLength();
    int room = length - alignment.maxNewTokens();
    this.prompts =
        prompts.stream()
            .filter(prompt -> Prompts.ids(finetuned.tokenizer(), prompt).length <= room)
            .toList();
    if (this.prompts.isEmpty()) {
      throw LyceumException.user(
          "None of the "
              + prompts.size()
              + " prompts leaves room for alignment.maxNewTokens "
              + alignment.maxNewTokens()
              + " in the model's context of "
              + length
              + ".");
    }
    this.order = new ShuffledOrder(this.prompts.size(), Seeds.derive(seed, 0));
    this.reference = new TokenScorer(finetuned, length);
  }

  @Override
  public String name() {
    return "policy training";
  }

  @Override
  public String contract() {
    return String.join(
        "\n",
        name(),
        finetuned.config().toString(),
        alignment.toString(),
        rewardName,
        Sha256.of(prompts.toString()),
        ChatTemplate.sha256(),
        Long.toString(seed));
  }

  @Override
  public SortedMap<String, FloatTensor> initialWeights() {
    return finetuned.weights();
  }

  @Override
  public Loss build(Computation computation, Map<String, Operand<TFloat32>> weights) {
    TokenInputs inputs = TokenInputs.of(computation, -1, length);
    TokenLoss loss =
        new TokenGraph(computation, finetuned.config(), weights, inputs, length).loss();
    // With the advantage as its weight, a token's cross-entropy is -advantage * log p(token).
    TokenLoss.Learned learned = loss.learned();
    return new Loss(learned.value(), learned.gradients(), List.of(learned.tokenLosses()));
  }

  @Override
  public Batch batch(Computation computation, long step) {
    List<Sample> samples = sample(computation, step);
    int k = settings.answersPerPrompt();
    List<int[]> chats = samples.stream().map(Sample::chat).toList();
    List<List<Integer>> rows =
        Packing.rows(chats.stream().mapToInt(chat -> chat.length).toArray(), length);
    TokenInputs.Builder inputs = new TokenInputs.Builder(rows.size(), length);
    int[] firstToken = new int[samples.size()];
    int[] lastToken = new int[samples.size()];
    List<float[]> logProbs = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      for (int s : rows.get(r)) {
        Sample sample = samples.get(s);
        int start = inputs.append(r, chats.get(s)) + sample.prompt().length - 1;
        firstToken[s] = inputs.count();
        for (int i = 0; i < sample.answer().ids().length; i++) {
          inputs.predict(start + i, sample.answer().ids()[i]);
        }
        lastToken[s] = inputs.count();
        logProbs.add(sample.answer().logProbs());
      }
    }
    sampledLogProbs = joined(logProbs, inputs.count());
    float[] referenceLosses = reference.tokenLosses(inputs.feeds());

    double[] earned = rewards.of(samples);
    double[] divergence = new double[samples.size()];
    double[] returns = new double[samples.size()];
    for (int s = 0; s < returns.length; s++) {
      for (int i = firstToken[s]; i < lastToken[s]; i++) {
        divergence[s] += sampledLogProbs[i] + referenceLosses[i];
      }
      returns[s] = earned[s] - settings.klCoefficient() * divergence[s];
    }
    double[] advantages = advantages(returns, k);
    for (int s = 0; s < returns.length; s++) {
      inputs.weigh(firstToken[s], lastToken[s], advantages[s] / returns.length);
    }
    long tokens = chats.stream().mapToLong(chat -> chat.length).sum();
    return new Batch(List.of(inputs.feeds()), tokens, metrics(samples, earned, divergence, k));
  }

  private List<Sample> sample(Computation computation, long step) {
    SortedMap<String, FloatTensor> weights =
        computation.read("", LanguageModel.shapes(finetuned.config()));
    Generator generator =
        new Generator(new LanguageModel(finetuned.config(), weights, finetuned.tokenizer()));
    int k = settings.answersPerPrompt();
    int count = settings.promptsPerStep() * k;
    List<ChatExample> examples = new ArrayList<>();
    List<int[]> ids = new ArrayList<>();
    long[] seeds = new long[count];
    for (int s = 0; s < count; s++) {
      ChatExample example = prompts.get(order.at(step * settings.promptsPerStep() + s / k));
      examples.add(example);
      ids.add(Prompts.ids(finetuned.tokenizer(), example));
      seeds[s] = Seeds.derive(seed, 1, step, s);
    }
    List<Generation> answers =
        generator.generateAll(ids, SamplingSettings.sampling(1, alignment.maxNewTokens()), seeds);
    List<Sample> samples = new ArrayList<>();
    for (int s = 0; s < count; s++) {
      samples.add(new Sample(examples.get(s), ids.get(s), answers.get(s)));
    }
    return samples;
  }

  /** Each return less the mean of the others of its group of k. */
  static double[] advantages(double[] returns, int k) {
    double[] advantages = new double[returns.length];
    for (int group = 0; group < returns.length; group += k) {
      double sum = 0;
      for (int i = group; i < group + k; i++) {
        sum += returns[i];
      }
      for (int i = group; i < group + k; i++) {
        advantages[i] = returns[i] - (sum - returns[i]) / (k - 1);
      }
    }
    return advantages;
  }

  private SortedMap<String, Double> metrics(
      List<Sample> samples, double[] earned, double[] divergence, int k) {
    double finished = 0;
    double answerTokens = 0;
    double logProb = 0;
    for (Sample sample : samples) {
      finished += sample.answer().finished() ? 1 : 0;
      answerTokens += sample.answer().ids().length;
      for (float p : sample.answer().logProbs()) {
        logProb += p;
      }
    }
    double zeroStd = 0;
    for (int group = 0; group < earned.length; group += k) {
      double[] of = Arrays.copyOfRange(earned, group, group + k);
      double spread = Arrays.stream(of).max().orElseThrow() - Arrays.stream(of).min().orElseThrow();
      zeroStd += spread < NO_VARIANCE ? 1 : 0;
    }
    int n = samples.size();
    SortedMap<String, Double> metrics = new TreeMap<>();
    metrics.put("reward", Arrays.stream(earned).sum() / n);
    metrics.put("kl", Arrays.stream(divergence).sum() / n);
    metrics.put("entropy", -logProb / answerTokens);
    metrics.put("response_length", answerTokens / n);
    metrics.put("finished_ratio", finished / n);
    metrics.put("frac_reward_zero_std", zeroStd * k / n);
    return metrics;
  }

  @Override
  public SortedMap<String, Double> report(
      Computation computation, Batch batch, List<float[]> observed, long stepsDone) {
    float[] losses = observed.getFirst();
    double mismatch = 0;
    for (int i = 0; i < losses.length; i++) {
      mismatch = Math.max(mismatch, Math.abs(sampledLogProbs[i] + losses[i]));
    }
    SortedMap<String, Double> metrics = new TreeMap<>(batch.metrics());
    metrics.put("sampling_logp_difference", mismatch);
    exitConditions(metrics, stepsDone);
    return metrics;
  }

  private void exitConditions(SortedMap<String, Double> metrics, long step) {
    double mismatch = figure(metrics, "sampling_logp_difference");
    if (!(mismatch <= LARGEST_MISMATCH)) {
      throw LyceumException.internal(
          "At step "
              + step
              + " sampler and trainer differ by "
              + mismatch
              + " in the log-probability of a token.");
    }
    double divergence = figure(metrics, "kl");
    if (!(divergence <= LARGEST_KL)) {
      throw LyceumException.user(
          "At step %d the policy is %.1f nats an answer away from the fine-tuned model, more than %.0f. Lower the learning rate or "
                  .formatted(step, divergence, LARGEST_KL)
              + "raise alignment.policy.klCoefficient.");
    }
    withoutVariance = figure(metrics, "frac_reward_zero_std") >= 1 ? withoutVariance + 1 : 0;
    if (withoutVariance >= MOST_STEPS_WITHOUT_VARIANCE) {
      throw LyceumException.user(
          "For "
              + withoutVariance
              + " steps all answers to a prompt earned the same reward, so there is nothing to learn. The answers may all be alike: "
              + "train the fine-tuned model less, or raise alignment.policy.answersPerPrompt.");
    }
    cutOff = figure(metrics, "finished_ratio") < LEAST_FINISHED ? cutOff + 1 : 0;
    if (cutOff >= MOST_STEPS_CUT_OFF) {
      throw LyceumException.user(
          "For "
              + cutOff
              + " steps hardly an answer came to its end within alignment.maxNewTokens "
              + alignment.maxNewTokens()
              + ". Raise it, or train the fine-tuned model longer.");
    }
  }

  private static double figure(SortedMap<String, Double> metrics, String name) {
    return Objects.requireNonNull(metrics.get(name), name);
  }

  @Override
  public SortedMap<String, String> memory() {
    return new TreeMap<>(
        Map.of(
            WITHOUT_VARIANCE,
            Integer.toString(withoutVariance),
            CUT_OFF,
            Integer.toString(cutOff)));
  }

  @Override
  public void recall(SortedMap<String, String> memory) {
    withoutVariance = Integer.parseInt(memory.getOrDefault(WITHOUT_VARIANCE, "0"));
    cutOff = Integer.parseInt(memory.getOrDefault(CUT_OFF, "0"));
  }

  @Override
  public void close() {
    reference.close();
  }

  private static float[] joined(List<float[]> parts, int size) {
    float[] all = new float[size];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
